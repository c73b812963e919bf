//! What is recorded of a repo's blobs, against the blobs; and of each pointer, that its file is here.

use std::collections::HashMap;

use seedcorn_content::git::Kind;
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::pointer::{POINTER_BYTES_MAX, Pointer};
use seedcorn_db::files::{self, File};
use seedcorn_db::git::{self, BlobFact};

use super::repo::{RepoCheck, title};
use super::unsound::{Unsound, settle};
use super::{Finding, PAGE};
use crate::Result;

impl RepoCheck<'_, '_> {
    /// Every fact of the repo.
    pub(super) async fn facts(&mut self) -> Result<()> {
        let mut after = String::new();
        loop {
            let mut tx = self.commons.db.read().await?;
            let page = git::list_blob_facts(&mut tx, &self.repo.id, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.oid.to_string();
            let sums: Vec<Sha256> = page.iter().filter_map(|fact| Some(fact.file()?.0)).collect();
            let here = files::repo_files_by_sha256(&mut tx, &self.repo.id, &sums).await?;
            drop(tx);
            let here: HashMap<Sha256, File> = here.into_iter().map(|file| (file.sha256, file)).collect();
            for fact in &page {
                self.fact(fact, &here).await?;
            }
        }
    }

    async fn fact(&mut self, fact: &BlobFact, here: &HashMap<Sha256, File>) -> Result<()> {
        if let Some((sha256, bytes)) = fact.file() {
            self.pointed_at(&fact.oid, &sha256, bytes, here.get(&sha256));
        }
        if !self.has(&fact.oid).await? {
            // The walk has named it already if a commit reaches it.
            if !self.seen.contains(&fact.oid) {
                self.lost_blob(&fact.oid, "it has a fact and is in no pack");
            }
            return Ok(());
        }
        // Whatever is or may be a pointer is read; of longer blobs the pack's index is believed.
        let short = i64::try_from(POINTER_BYTES_MAX).is_ok_and(|max| fact.bytes <= max);
        if !self.deep && !short {
            return Ok(());
        }
        let blob = match settle(self.read(&fact.oid, Kind::Blob).await)? {
            Ok(blob) => blob,
            Err(why) => {
                self.lost_blob(&fact.oid, &why);
                return Ok(());
            }
        };
        if let Err(why) = settle(self.agrees(fact, &blob).await)? {
            let what = format!("fact of blob {} of {}: {why}", fact.oid, title(self.repo));
            let harm = "its size is told wrongly, or a pointer is served instead of its file";
            let mend = "set the row of blob_fact to what the blob is, or restore the database from a backup";
            self.object(Finding::new(what, harm, mend));
        }
        Ok(())
    }

    fn lost_blob(&mut self, oid: &Oid, why: &str) {
        let what = format!("blob {oid} of {}: {why}", title(self.repo));
        let harm = "the file cannot be read, and clones fail";
        let mend =
            "restore the packs of the repo from a backup, or push it again from a clone that has the object";
        self.object(Finding::new(what, harm, mend));
    }

    async fn agrees(&self, fact: &BlobFact, blob: &[u8]) -> Result<(), Unsound> {
        if i64::try_from(blob.len()).ok() != Some(fact.bytes) {
            let (there, said) = (blob.len(), fact.bytes);
            return Err(Unsound::Bad(format!("the blob has {there} bytes, the fact says {said}")));
        }
        let own = Sha256::of(blob);
        if own != fact.own_sha256 {
            let said = fact.own_sha256;
            return Err(Unsound::Bad(format!("the blob's SHA-256 is {own}, the fact says {said}")));
        }
        let pointer = Pointer::parse(blob).map(|pointer| (pointer.sha256, pointer.size));
        match (pointer, fact.file()) {
            (there, said) if there == said => Ok(()),
            // Text that looks like a pointer may be committed as an ordinary file, unless the repo has that file.
            (Some((sha256, size)), None) => {
                let mut tx = self.commons.db.read().await?;
                let here = files::repo_files_by_sha256(&mut tx, &self.repo.id, &[sha256]).await?;
                match here.is_empty() {
                    true => Ok(()),
                    false => Err(Unsound::Bad(format!(
                        "the blob points at {sha256} of {size} bytes, the fact says that it is no pointer"
                    ))),
                }
            }
            (Some((sha256, size)), Some((said, bytes))) => Err(Unsound::Bad(format!(
                "the blob points at {sha256} of {size} bytes, the fact says {said} of {bytes}"
            ))),
            (None, _) => Err(Unsound::bad("the blob is no pointer, the fact says that it is")),
        }
    }

    fn pointed_at(&mut self, oid: &Oid, sha256: &Sha256, bytes: u64, file: Option<&File>) {
        let why = match file {
            Some(file) if u64::try_from(file.bytes) == Ok(bytes) => return,
            Some(file) => format!("which has {} bytes, not {bytes}", file.bytes),
            None => "which the repo does not have".to_owned(),
        };
        self.object(Finding::new(
            format!(
                "pointer {oid} of {}: it points at the file with SHA-256 {sha256}, {why}",
                title(self.repo)
            ),
            "whoever pulls the file gets an error",
            "upload a file with these bytes to the repo once more and commit it: that records it anew",
        ));
    }
}
