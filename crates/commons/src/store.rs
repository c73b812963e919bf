//! The store as a whole: whether database, depot and master key belong together, and its generation.

use bytes::Bytes;
use seedcorn_content::{DepotError, Key};
use seedcorn_db::{Db, settings};

use crate::commons::{GENERATION, fresh_generation};
use crate::{Opening, Refusal, Result, Seal, dice};

/// What the depot says it is, so that another one, or the empty folder where it should have been mounted, is noticed.
const MARK: &str = "depot mark";
/// Tells the master key from others, and nothing else about it.
const KEY_CHECK: &str = "master key check";

/// What to do with a store that has not been used yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unused {
    /// Take it into use.
    Begin,
    /// Say that there is none.
    Refuse,
}

/// Checks that what is about to be opened is one store. What an older hub has not noted is noted by the next that
/// begins.
///
/// # Errors
/// `Invalid`, with what does not fit and how to mend it.
pub async fn check(opening: &Opening, unused: Unused) -> Result<()> {
    let known = settings::find(&mut opening.db.read().await?, GENERATION).await?;
    if known.is_none() && unused == Unused::Refuse {
        return Err(Refusal::Invalid("there is no hub in this database; `seedcorn serve` makes one".into()));
    }
    check_key(opening, unused).await?;
    check_depot(opening, unused).await
}

fn key_check(master_key: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*Seal::new(master_key, KEY_CHECK).key()).to_hex().to_string()
}

async fn check_key(opening: &Opening, unused: Unused) -> Result<()> {
    let ours = key_check(&opening.master_key);
    let noted = note(&opening.db, KEY_CHECK, &ours, unused).await?;
    if noted.is_some_and(|noted| noted != ours) {
        return Err(Refusal::Invalid(
            "this is not the master key that the hub was started with: addresses made by one process would be void at \
             another. Copy the key file from there; if it is lost, run `seedcorn admin store rekey` and start every \
             process anew"
                .into(),
        ));
    }
    Ok(())
}

async fn check_depot(opening: &Opening, unused: Unused) -> Result<()> {
    let noted = settings::find(&mut opening.db.read().await?, MARK).await?;
    let noted = match (noted, unused) {
        (Some(noted), _) => noted,
        (None, Unused::Refuse) => return Ok(()),
        (None, Unused::Begin) => {
            // Written first, noted last. A mark that is there stays: another process may begin at the same time.
            opening.depot.put(&Key::Mark, vec![Bytes::from(dice::id())]).await?;
            let there = mark(opening).await?.unwrap_or_default();
            note(&opening.db, MARK, &there, unused).await?.unwrap_or(there)
        }
    };
    if mark(opening).await?.as_deref() != Some(noted.as_str()) {
        let path = Key::Mark.path();
        return Err(Refusal::Invalid(format!(
            "the depot is not the one that the database speaks of: a folder that is not mounted, or another address. \
             If it is the right one, write {noted} to {path:?} in it"
        )));
    }
    Ok(())
}

async fn mark(opening: &Opening) -> Result<Option<String>> {
    match opening.depot.get(&Key::Mark).await {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned())),
        Err(DepotError::Missing(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What is noted under a name, after noting this if nothing was and a store may begin.
async fn note(db: &Db, name: &str, value: &str, unused: Unused) -> Result<Option<String>> {
    let noted = settings::find(&mut db.read().await?, name).await?;
    if noted.is_some() || unused == Unused::Refuse {
        return Ok(noted);
    }
    let mut tx = db.write().await?;
    let noted = settings::put_if_absent(&mut tx, name, value).await?;
    tx.commit().await?;
    Ok(Some(noted))
}

async fn put(db: &Db, name: &str, value: &str) -> Result<()> {
    let mut tx = db.write().await?;
    settings::put(&mut tx, name, value).await?;
    Ok(tx.commit().await?)
}

/// Gives the store a new generation and returns it. Clients then forget what they believe to be stored, so that they
/// send again what a restored backup no longer has. Processes that run keep the old one until they are started anew.
pub async fn renew(db: &Db) -> Result<String> {
    let generation = fresh_generation()?;
    put(db, GENERATION, &generation).await?;
    Ok(generation)
}

/// Makes this the hub's master key, when the one before is lost. Addresses and Xet tokens that are on their way become
/// void.
pub async fn rekey(db: &Db, master_key: &[u8; 32]) -> Result<()> {
    put(db, KEY_CHECK, &key_check(master_key)).await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use crate::{Commons, Places};
    use std::path::Path;

    async fn opening(folder: &Path, depot: &str, key: u8) -> Opening {
        let places = Places {
            database: format!("sqlite:{}", folder.join("db").display()),
            depot: folder.join(depot).display().to_string(),
            ..Places::default()
        };
        Opening::at(&places, folder.join("tmp"), [key; 32]).await.unwrap()
    }

    #[track_caller]
    fn refused(done: Result<()>, word: &str) {
        let error = done.unwrap_err();
        assert!(matches!(&error, Refusal::Invalid(text) if text.contains(word)), "{error}");
    }

    #[tokio::test]
    async fn a_store_is_what_it_was_when_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let at = |depot, key| opening(folder, depot, key);
        refused(check(&at("depot", 1).await, Unused::Refuse).await, "no hub");
        check(&at("depot", 1).await, Unused::Begin).await.unwrap();
        let commons = Commons::open(at("depot", 1).await).await.unwrap();
        for unused in [Unused::Begin, Unused::Refuse] {
            check(&at("depot", 1).await, unused).await.unwrap();
            refused(check(&at("depot", 2).await, unused).await, "master key");
            refused(check(&at("elsewhere", 1).await, unused).await, "depot");
        }
        let mark = std::fs::read(folder.join("depot").join(Key::Mark.path())).unwrap();
        std::fs::write(folder.join("elsewhere").join(Key::Mark.path()), mark).unwrap();
        check(&at("elsewhere", 1).await, Unused::Refuse).await.unwrap();
        rekey(commons.database(), &[2; 32]).await.unwrap();
        check(&at("depot", 2).await, Unused::Refuse).await.unwrap();
        refused(check(&at("depot", 1).await, Unused::Begin).await, "master key");
    }

    #[tokio::test]
    async fn a_store_from_before_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        Commons::open(opening(folder.path(), "depot", 1).await).await.unwrap();
        let again = opening(folder.path(), "depot", 1).await;
        check(&again, Unused::Refuse).await.unwrap();
        assert!(mark(&again).await.unwrap().is_none());
        check(&again, Unused::Begin).await.unwrap();
        assert!(mark(&again).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_new_generation_is_another_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let before = Commons::open(opening(folder.path(), "depot", 1).await).await.unwrap();
        let renewed = renew(before.database()).await.unwrap();
        assert_ne!(renewed, before.generation());
        let after = Commons::open(opening(folder.path(), "depot", 1).await).await.unwrap();
        assert_eq!(after.generation(), renewed);
    }
}
