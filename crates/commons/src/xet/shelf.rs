//! Where xorbs rest, from the database.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use seedcorn_content::xet::store::{Catalog, Rest, XetError, XorbSource};
use seedcorn_core::digest::XetHash;
use seedcorn_db::{Db, files};

/// Places kept in memory: about 200 bytes each.
const PLACES_MAX: u64 = 100_000;

/// Finds xorbs in the database, and remembers where those in the depot are: a xorb never moves.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    db: Db,
    places: moka::sync::Cache<XetHash, XorbSource>,
}

impl Shelf {
    pub(crate) fn new(db: Db) -> Shelf {
        Shelf { db, places: moka::sync::Cache::new(PLACES_MAX) }
    }

    async fn look(&self, hash: XetHash) -> Result<XorbSource, XetError> {
        if let Some(known) = self.places.get(&hash) {
            return Ok(known);
        }
        let failed = |error: seedcorn_db::DbError| XetError::Catalog(Box::new(error));
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
        let source = XorbSource { hash, chunks, packed_bytes, rest };
        if matches!(source.rest, Rest::Depot(_)) {
            self.places.insert(hash, source.clone());
        }
        Ok(source)
    }
}

impl Catalog for Shelf {
    fn find(&self, hash: XetHash) -> BoxFuture<'_, Result<XorbSource, XetError>> {
        self.look(hash).boxed()
    }
}
