//! A pack in the making, and what is recorded of it once it is durable.

use bytes::Bytes;
use seedcorn_content::Offload;
use seedcorn_content::git::{
    self as objects, Kind, Mode, PackRest, PackSummary, PackWriter, Signature, TreeEntry, render_tree,
};
use seedcorn_core::access::Actor;
use seedcorn_core::attributes;
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::git::{self, BlobFact, Commit};
use seedcorn_db::repos::Repo;

use crate::objects::MAIN;
use crate::{Commons, Refusal, Result};

/// Writes objects to a temporary file.
pub(crate) type Packing = PackWriter<std::fs::File>;

/// Begins a pack.
pub(crate) fn begin(commons: &Commons) -> Result<Packing> {
    begin_in(tempfile::tempfile_in(&commons.scratch)?)
}

fn begin_in(file: std::fs::File) -> Result<Packing> {
    PackWriter::new(file).map_err(pack_refusal)
}

/// A pack and the commit in it: durable, or small and to be kept in a row; named by nothing yet.
#[derive(Debug)]
pub(crate) struct Recorded {
    commit: Commit,
    stored: StoredPack,
    facts: Vec<BlobFact>,
}

/// A pack that is durable, or small and to be kept in a row.
#[derive(Debug)]
pub(crate) struct StoredPack {
    pack: git::Pack,
    inline: Option<(Bytes, Bytes)>,
    /// It was not in the depot before.
    since: Time,
}

impl StoredPack {
    /// Adds the pack's row; false if there was one.
    ///
    /// # Errors
    /// `Slow` if the pack has waited for its row so long that a sweep may take it.
    pub(crate) async fn add(&self, tx: &mut Tx, repo: &RepoId, now: Time) -> Result<bool> {
        if self.pack.place.is_some() && now.secs() - self.since.secs() > limits::STRAY_SECS / 2 {
            return Err(Refusal::Slow("this has waited too long for its turn; try again".into()));
        }
        let body = self.inline.as_ref().map(|(pack, index)| (&pack[..], &index[..]));
        Ok(git::add_pack(tx, repo, &self.pack, body, now).await?)
    }
}

/// Stores a pack that was written to a file.
pub(crate) async fn stored_pack(
    commons: &Commons,
    repo: &RepoId,
    summary: PackSummary,
    file: std::fs::File,
    origin: &str,
) -> Result<StoredPack> {
    let index = Bytes::from(summary.index);
    let file = tokio::fs::File::from_std(file);
    let since = commons.now();
    let (place, inline) = match commons.git.store(repo, &summary.pack_id, file, index.clone()).await? {
        PackRest::Row(pack) => (None, Some((pack, index))),
        PackRest::Depot(place) => (Some(place), None),
    };
    let pack = git::Pack {
        id: summary.pack_id,
        bytes: i64::try_from(summary.bytes).unwrap_or(i64::MAX),
        objects: i64::try_from(summary.objects.len()).unwrap_or(i64::MAX),
        origin: origin.into(),
        thin: summary.thin,
        place,
    };
    Ok(StoredPack { pack, inline, since })
}

impl Recorded {
    /// The commit.
    pub(crate) fn oid(&self) -> Oid {
        self.commit.oid
    }

    /// What remains of a commit that came too late: its pack, and the facts of its blobs.
    pub(super) fn into_parts(self) -> (StoredPack, Vec<BlobFact>) {
        (self.stored, self.facts)
    }

    /// Adds the rows of pack, commit and blobs: what comes before a ref may point at the commit.
    pub(crate) async fn add(&self, tx: &mut Tx, repo: &RepoId, now: Time) -> Result<()> {
        self.stored.add(tx, repo, now).await?;
        git::add_commit(tx, repo, &self.commit).await?;
        git::add_blob_facts(tx, repo, &self.facts).await?;
        Ok(())
    }

    /// For a new repo: the rows, and the main branch.
    pub(crate) async fn record(&self, tx: &mut Tx, repo: &RepoId, now: Time) -> Result<()> {
        self.add(tx, repo, now).await?;
        git::add_ref(tx, repo, MAIN, &self.commit.oid, now).await?;
        Ok(())
    }
}

/// What a commit says beside its tree.
pub(crate) struct Message {
    pub(crate) author: Signature,
    pub(crate) text: String,
    pub(crate) parents: Vec<Oid>,
    pub(crate) generation: i64,
    pub(crate) at: Time,
}

/// Who signs an actor's commits. The address cannot receive mail and tells nothing.
pub(crate) fn signature(actor: &Actor, at: Time) -> Signature {
    Signature {
        name: actor.name.clone(),
        email: format!("{}@users.noreply.invalid", actor.name),
        secs: at.secs(),
        offset_minutes: 0,
    }
}

/// Adds the commit object, closes the pack and stores it.
pub(crate) async fn finish(
    commons: &Commons,
    repo: &RepoId,
    mut packing: Packing,
    tree: Oid,
    message: Message,
    facts: Vec<BlobFact>,
) -> Result<Recorded> {
    let commit = objects::Commit {
        tree,
        parents: message.parents.clone(),
        author: message.author.clone(),
        committer: message.author.clone(),
        message: message.text.clone(),
    };
    let packed = Offload::run(move || {
        let oid = packing.add(Kind::Commit, &commit.render())?;
        packing.finish().map(|(summary, file)| (oid, summary, file))
    });
    let (oid, summary, file) = packed.await?.map_err(pack_refusal)?;
    let stored = stored_pack(commons, repo, summary, file, "commit").await?;
    let commit = Commit::new(
        oid,
        tree,
        &message.parents,
        message.generation,
        (message.author.name, message.text),
        message.at,
    );
    Ok(Recorded { commit, stored, facts })
}

/// An annotated tag on a commit, in a pack of its own.
pub(super) async fn annotated(
    commons: &Commons,
    repo: &RepoId,
    (target, name): (Oid, &str),
    tagger: &Signature,
    message: &str,
) -> Result<(Oid, StoredPack)> {
    let mut packing = begin(commons)?;
    let tag = objects::render_tag(&target, name, tagger, message);
    let packed = Offload::run(move || {
        let oid = packing.add(Kind::Tag, &tag)?;
        packing.finish().map(|(summary, file)| (oid, summary, file))
    });
    let (oid, summary, file) = packed.await?.map_err(pack_refusal)?;
    Ok((oid, stored_pack(commons, repo, summary, file, "commit").await?))
}

/// A full disk is told apart from what must not happen.
pub(crate) fn pack_refusal(error: objects::PackError) -> Refusal {
    match error {
        objects::PackError::Io(error) => error.into(),
        error => Refusal::broken(error),
    }
}

/// The first commit of a new repo: its default `.gitattributes`, and its card if it begins with one.
pub(crate) async fn first_commit(
    commons: &Commons,
    repo: &Repo,
    actor: &Actor,
    card: Option<&str>,
) -> Result<Recorded> {
    let mut packing = begin(commons)?;
    let (mut entries, mut facts) = (Vec::new(), Vec::new());
    let files = [
        (".gitattributes", Some(attributes::default_for(repo.kind))),
        ("README.md", card.map(str::to_owned)),
    ];
    for (name, text) in files.into_iter().filter_map(|(name, text)| Some((name, text?))) {
        let blob = packing.add(Kind::Blob, text.as_bytes()).map_err(pack_refusal)?;
        entries.push(TreeEntry { mode: Mode::File, name: name.into(), oid: blob });
        facts.push(BlobFact::regular(blob, text.len() as u64, Sha256::of(text)));
    }
    let tree = render_tree(&entries).map_err(Refusal::broken)?;
    let tree = packing.add(Kind::Tree, &tree).map_err(pack_refusal)?;
    let message = Message {
        author: signature(actor, repo.created),
        text: "initial commit".into(),
        parents: Vec::new(),
        generation: 1,
        at: repo.created,
    };
    finish(commons, &repo.id, packing, tree, message, facts).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_that_cannot_begin_on_a_full_disk_is_refused_as_such() {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let begun = full.map_err(Refusal::from).and_then(begin_in);
        assert!(matches!(begun.err(), Some(Refusal::Full)));
    }
}
