//! From settings to an open instance: folder, key, database, depot.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use rustix::fs::Mode;
use rustix::process::umask;
use seedcorn_commons::store::{self, Unused};
use seedcorn_commons::{Commons, Opening, Places, S3Options, new_master_key};

use crate::config::Resolved;

/// Bytes of a key file that are looked at: the digits, and a line break or two.
const KEY_FILE_BYTES_MAX: u64 = 256;

/// Whatever this process makes is its owner's alone to read: the database and the depot hold private repos.
pub(crate) fn keep_private() {
    let before = umask(Mode::RWXG | Mode::RWXO);
    umask(before | Mode::RWXG | Mode::RWXO);
}

/// Opens what the settings name. Only a store that may begin is made: a command on a mistyped folder says so.
pub(crate) async fn commons(settings: &Resolved, unused: Unused) -> anyhow::Result<Commons> {
    match unused {
        Unused::Begin => std::fs::create_dir_all(&settings.data)
            .with_context(|| format!("the data folder {} cannot be made", settings.data.display()))?,
        Unused::Refuse => must_be_there(settings)?,
    }
    let key = read_key(&settings.master_key_file, unused)?;
    let opening = opening(settings, key).await?;
    store::check(&opening, unused).await?;
    Ok(Commons::open(opening).await?)
}

/// Makes the key in the key file the hub's, or a new one if there is none.
pub(crate) async fn rekey(settings: &Resolved) -> anyhow::Result<()> {
    must_be_there(settings)?;
    let key = read_key(&settings.master_key_file, Unused::Begin)?;
    let opening = opening(settings, key).await?;
    store::rekey(&opening.db, &key).await?;
    opening.db.close().await;
    Ok(())
}

async fn opening(settings: &Resolved, key: [u8; 32]) -> anyhow::Result<Opening> {
    let places = Places {
        database: settings.database.clone(),
        depot: settings.depot.clone(),
        s3: S3Options {
            endpoint: settings.s3_endpoint.clone(),
            region: settings.s3_region.clone(),
            path_style: settings.s3_path_style,
        },
    };
    let mut opening = Opening::at(&places, settings.data.join("tmp"), key).await?;
    opening.lfs_part_bytes = settings.lfs_part_bytes;
    opening.lfs_basic_bytes_max = settings.lfs_basic_bytes_max;
    opening.log = settings.log_settings()?;
    opening.reviewers = settings.reviewers()?;
    opening.block_dangerous = settings.block_dangerous;
    opening.sigstore = settings.sigstore()?.into();
    opening.pull_policy = settings.pull_policy.parse().map_err(|why: String| anyhow::anyhow!(why))?;
    Ok(opening)
}

/// Whether there is a hub, as far as this machine's disks show.
fn must_be_there(settings: &Resolved) -> anyhow::Result<()> {
    let advice = "is there a typing error, or a disk that is not mounted? `seedcorn serve` makes a new hub";
    if !settings.data.is_dir() {
        bail!("there is no data folder {}; {advice}", settings.data.display());
    }
    if let Some(path) = settings.database.strip_prefix("sqlite:")
        && !Path::new(path).is_file()
    {
        bail!("there is no database {path}; {advice}");
    }
    if !settings.depot.starts_with("s3://") && !Path::new(&settings.depot).is_dir() {
        bail!("there is no depot {}; {advice}", settings.depot);
    }
    Ok(())
}

/// Reads the master key, or makes one if a store may begin. Two replicas that start together on one folder end up with
/// the same.
fn read_key(path: &Path, unused: Unused) -> anyhow::Result<[u8; 32]> {
    if unused == Unused::Begin && !path.try_exists().unwrap_or(true) {
        make_key(path).with_context(|| format!("the key file {} cannot be written", path.display()))?;
    }
    let unreadable = || format!("the key file {} cannot be read", path.display());
    let mut file = std::fs::File::open(path).with_context(unreadable)?;
    let mode = file.metadata().with_context(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!(
            "the key file {0} may be read or written by others than its owner (mode {1:04o}); run: chmod 600 {0}",
            path.display(),
            mode & 0o7777
        );
    }
    let mut text = String::new();
    (&mut file).take(KEY_FILE_BYTES_MAX).read_to_string(&mut text).with_context(unreadable)?;
    parse_key(&text).with_context(|| format!("{} does not hold 64 hexadecimal digits", path.display()))
}

fn make_key(path: &Path) -> anyhow::Result<()> {
    let text: String = new_master_key()?.iter().map(|byte| format!("{byte:02x}")).collect();
    // A bare file name has a parent that is no folder.
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".key").tempfile_in(folder)?;
    // tempfile makes files that only their owner can read.
    writeln!(file, "{text}")?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.error.into()),
    }
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

fn parse_key(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (n, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        assert!(read_key(&path, Unused::Refuse).is_err() && !path.exists());
        let first = read_key(&path, Unused::Begin).unwrap();
        assert_eq!(read_key(&path, Unused::Refuse).unwrap(), first);
        assert_ne!(first, [0; 32]);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "short").unwrap();
        assert!(read_key(&path, Unused::Begin).is_err());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let key = read_key(&path, Unused::Begin).unwrap();
        let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        for mode in [0o644, 0o640, 0o604, 0o620, 0o601] {
            set(mode);
            let told = format!("{:#}", read_key(&path, Unused::Refuse).unwrap_err());
            assert!(told.contains(&format!("chmod 600 {}", path.display())), "{mode:o}: {told}");
            assert!(told.contains(&format!("{mode:04o}")), "{mode:o}: {told}");
        }
        for mode in [0o600, 0o400, 0o700] {
            set(mode);
            assert_eq!(read_key(&path, Unused::Refuse).unwrap(), key, "{mode:o}");
        }
    }
}
