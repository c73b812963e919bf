//! The packs of a repo, opened from what is stored and never from a cache; with `deep`, every object in them.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use seedcorn_content::git::{self as objects, Index, PACK_OBJECTS_MAX, PackBytes, PackSet, Spot};
use seedcorn_content::{Key, Offload};
use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_db::git;
use seedcorn_db::repos::Repo;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::repo::{RepoCheck, title};
use super::unsound::{Unsound, settle};
use super::{Finding, Ledger};
use crate::{Commons, Result};

/// A pack larger than this is read in place when the depot is a folder; others are copied one after the other into one
/// file, so that a repo of many packs fills neither the memory nor the table of open files.
const COPIED_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bytes of an index of as many objects as a pack may have, all with long offsets.
const INDEX_BYTES_MAX: u64 = 1024 + 64 + 36 * PACK_OBJECTS_MAX as u64;
/// Damaged objects on their way from the thread that finds them.
const DAMAGED_AT_ONCE: usize = 64;

/// Packs that could be opened.
pub(super) struct Opened {
    pub(super) set: PackSet,
    repo: RepoId,
    name: String,
    tried: HashSet<Oid>,
    /// Those that were made of others come first, then the oldest.
    opened: Vec<(bool, Arc<objects::Pack>)>,
    copies: Copies,
}

/// One file with copies of packs.
struct Copies {
    reader: Arc<File>,
    writer: tokio::fs::File,
    bytes: u64,
}

/// One pack among the copies.
struct Slice {
    file: Arc<File>,
    from: u64,
    bytes: u64,
}

impl PackBytes for Slice {
    fn size(&self) -> io::Result<u64> {
        Ok(self.bytes)
    }

    fn range(&self, from: u64, to: u64) -> io::Result<Bytes> {
        if from > to || to > self.bytes {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "range outside the pack"));
        }
        self.file.range(self.from + from, self.from + to)
    }
}

impl Copies {
    /// Stands where the next copy goes, also after one that broke off.
    async fn begin(&mut self) -> io::Result<()> {
        self.writer.flush().await?;
        self.writer.seek(io::SeekFrom::Start(self.bytes)).await?;
        Ok(())
    }

    async fn end(&mut self, bytes: u64) -> io::Result<Slice> {
        self.writer.flush().await?;
        let from = self.bytes;
        self.bytes += bytes;
        Ok(Slice { file: self.reader.clone(), from, bytes })
    }
}

impl Opened {
    /// None yet.
    pub(super) fn new(commons: &Commons, repo: &Repo) -> Result<Opened> {
        let file = tempfile::tempfile_in(&commons.scratch)?;
        let reader = Arc::new(file.try_clone()?);
        Ok(Opened {
            set: PackSet::default(),
            repo: repo.id.clone(),
            name: title(repo),
            tried: HashSet::new(),
            opened: Vec::new(),
            copies: Copies { reader, writer: tokio::fs::File::from_std(file), bytes: 0 },
        })
    }

    /// All of them.
    fn all(&self) -> Vec<Arc<objects::Pack>> {
        self.opened.iter().map(|(_, pack)| pack.clone()).collect()
    }

    /// Opens those packs that were not tried before, and reports those that cannot be opened.
    pub(super) async fn open(
        &mut self,
        commons: &Commons,
        oldest_first: Vec<git::Pack>,
        ledger: &mut Ledger<'_>,
    ) -> Result<()> {
        let before = self.opened.len();
        for row in oldest_first {
            if !self.tried.insert(row.id) {
                continue;
            }
            ledger.summary.packs += 1;
            match settle(self.open_one(commons, &row).await)? {
                Ok(pack) => {
                    ledger.summary.objects += pack.index().len() as u64;
                    ledger.summary.bytes += pack.size();
                    self.opened.push((row.is_merged(), Arc::new(pack)));
                }
                Err(why) => ledger.add(self.lost(&row, &why)),
            }
        }
        if self.opened.len() > before {
            self.opened.sort_by_key(|(is_merged, _)| !is_merged);
            self.set = PackSet::new(self.opened.iter().map(|(_, pack)| pack.clone()).collect());
        }
        Ok(())
    }

    fn lost(&self, row: &git::Pack, why: &str) -> Finding {
        let place = match &row.place {
            None => "the database".to_owned(),
            Some(place) => {
                format!("{} and its .idx", Key::Pack(self.repo.clone(), row.id, place.clone()).path())
            }
        };
        Finding::new(
            format!("pack {} of {}: {why}", row.id, self.name),
            format!("up to {} objects of the repo cannot be read", row.objects),
            format!("restore {place} from a backup, or push the repo again from a clone"),
        )
    }

    async fn open_one(&mut self, commons: &Commons, row: &git::Pack) -> Result<objects::Pack, Unsound> {
        let bytes =
            u64::try_from(row.bytes).map_err(|_| Unsound::bad("its row gives it a length below zero"))?;
        let (body, index) = match &row.place {
            None => self.take_from_row(commons, row, bytes).await?,
            Some(place) => self.take_from_depot(commons, (row.id, place), bytes).await?,
        };
        let thin = row.thin;
        let opened = Offload::run(move || {
            let index = Index::parse(index).map_err(Unsound::bad)?;
            objects::Pack::open(body, index, thin).map_err(Unsound::bad)
        });
        let pack = opened.await??;
        if pack.id() != row.id {
            return Err(Unsound::Bad(format!("its bytes are those of pack {}", pack.id())));
        }
        if i64::try_from(pack.index().len()).ok() != Some(row.objects) {
            let (there, said) = (pack.index().len(), row.objects);
            return Err(Unsound::Bad(format!("it holds {there} objects, its row says {said}")));
        }
        Ok(pack)
    }

    async fn take_from_row(
        &mut self,
        commons: &Commons,
        row: &git::Pack,
        bytes: u64,
    ) -> Result<(Box<dyn PackBytes>, Bytes), Unsound> {
        let stored = git::load_pack(&mut commons.db.read().await?, &self.repo, &row.id).await?;
        let (pack, index) = stored.ok_or_else(|| Unsound::bad("its row holds no index"))?;
        expect_length(pack.len() as u64, bytes)?;
        self.copies.begin().await?;
        self.copies.writer.write_all(&pack).await?;
        Ok((Box::new(self.copies.end(bytes).await?), index.into()))
    }

    async fn take_from_depot(
        &mut self,
        commons: &Commons,
        (id, place): (Oid, &str),
        bytes: u64,
    ) -> Result<(Box<dyn PackBytes>, Bytes), Unsound> {
        let key = Key::Pack(self.repo.clone(), id, place.to_owned());
        expect_length(stored_bytes(commons, &key).await?, bytes)?;
        let index = Key::PackIndex(self.repo.clone(), id, place.to_owned());
        let index_bytes = stored_bytes(commons, &index).await?;
        if index_bytes > INDEX_BYTES_MAX {
            return Err(Unsound::Bad(format!("its index has {index_bytes} bytes, more than any may")));
        }
        let index = match commons.depot.get(&index).await {
            Ok(index) => index,
            Err(error) => return Err(Unsound::depot(commons, error).await),
        };
        if let Some(path) = commons.depot.file(&key).filter(|_| bytes > COPIED_BYTES_MAX) {
            let file = tokio::fs::File::open(path).await.map_err(Unsound::bad)?;
            return Ok((Box::new(file.into_std().await), index));
        }
        Ok((Box::new(self.copy(commons, &key, bytes).await?), index))
    }

    async fn copy(&mut self, commons: &Commons, key: &Key, bytes: u64) -> Result<Slice, Unsound> {
        self.copies.begin().await?;
        let mut stream = match commons.depot.stream(key, 0..bytes).await {
            Ok(stream) => Box::pin(stream),
            Err(error) => return Err(Unsound::depot(commons, error).await),
        };
        let mut copied = 0;
        while let Some(piece) = stream.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => return Err(Unsound::depot(commons, error).await),
            };
            copied += piece.len() as u64;
            self.copies.writer.write_all(&piece).await?;
        }
        expect_length(copied, bytes)?;
        Ok(self.copies.end(bytes).await?)
    }
}

fn expect_length(there: u64, said: u64) -> Result<(), Unsound> {
    if there == said {
        return Ok(());
    }
    Err(Unsound::Bad(format!("it has {there} bytes, its row says {said}")))
}

/// Length of an object of the depot, which must be there.
pub(super) async fn stored_bytes(commons: &Commons, key: &Key) -> Result<u64, Unsound> {
    match commons.depot.size(key).await {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Unsound::Bad(format!("the depot has no {}", key.path()))),
        Err(error) => Err(Unsound::depot(commons, error).await),
    }
}

impl RepoCheck<'_, '_> {
    /// Inflates and hashes every entry of every pack, also those that no commit reaches and second copies. Objects that
    /// were reported as unreadable are not reported again.
    pub(super) async fn every_object(&mut self) -> Result<()> {
        for pack in self.packs.all() {
            let id = pack.id();
            let set = self.packs.set.clone();
            let (damaged, mut found) = mpsc::channel::<(Oid, String)>(DAMAGED_AT_ONCE);
            let work = Offload::run(move || {
                for row in pack.index().iter_by_offset() {
                    if let Err(error) = read_in(&pack, &set, row.oid, row.offset)
                        && damaged.blocking_send((row.oid, error.to_string())).is_err()
                    {
                        return;
                    }
                }
            });
            let drain = async {
                while let Some((oid, why)) = found.recv().await {
                    if self.unreadable.contains(&oid) {
                        continue;
                    }
                    let finding = self.damaged(&oid, &id, &why);
                    self.object(finding);
                }
            };
            tokio::join!(work, drain).0?;
        }
        Ok(())
    }

    fn damaged(&self, oid: &Oid, pack: &Oid, why: &str) -> Finding {
        Finding::new(
            format!("object {oid} in pack {pack} of {}: {why}", title(self.repo)),
            "commits that hold it cannot be read or cloned whole",
            "restore the pack from a backup, or push the repo again from a clone",
        )
    }
}

/// Reads the copy of an object that lies in this pack, wherever else it lies too.
fn read_in(
    pack: &Arc<objects::Pack>,
    set: &PackSet,
    oid: Oid,
    offset: u64,
) -> Result<(), objects::ReadError> {
    let first = Cell::new(true);
    let find = |wanted: &Oid| {
        // Only the first look is turned to this pack: a base that leads back to the object would make a circle.
        if first.replace(false) { Some(Spot { pack: pack.clone(), offset }) } else { set.find(wanted) }
    };
    objects::read(&oid, &find).map(drop)
}
