//! Where xorbs rest, from the database.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use seedcorn_content::xet::store::{Catalog, Rest, XetError, XorbSource};
use seedcorn_core::digest::XetHash;
use seedcorn_db::{Db, files};

/// Finds xorbs in the database.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    db: Db,
}

impl Shelf {
    pub(crate) fn new(db: Db) -> Shelf {
        Shelf { db }
    }

    async fn look(&self, hash: XetHash) -> Result<XorbSource, XetError> {
        let failed = |error: seedcorn_db::DbError| XetError::Catalog(error.to_string());
        let mut tx = self.db.look().await.map_err(failed)?;
        let row = files::find_xorb(&mut tx, &hash).await.map_err(failed)?.ok_or(XetError::Missing(hash))?;
        let rest = match row.place {
            Some(place) => Rest::Depot(place),
            None => {
                let body = files::load_xorb(&mut tx, &hash).await.map_err(failed)?;
                Rest::Row(body.ok_or(XetError::Missing(hash))?.into())
            }
        };
        let (Ok(chunks), Ok(packed_bytes)) = (row.chunks.try_into(), row.packed_bytes.try_into()) else {
            return Err(XetError::Missing(hash));
        };
        Ok(XorbSource { hash, chunks, packed_bytes, rest })
    }
}

impl Catalog for Shelf {
    fn find(&self, hash: XetHash) -> BoxFuture<'_, Result<XorbSource, XetError>> {
        self.look(hash).boxed()
    }
}
