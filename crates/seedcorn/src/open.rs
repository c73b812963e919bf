//! From settings to an open instance: folder, key, database, depot.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use seedcorn_commons::{Commons, Opening, Places, S3Options, new_master_key};

use crate::config::Resolved;

/// Opens what the settings name, making what is missing.
pub(crate) async fn commons(settings: &Resolved) -> anyhow::Result<Commons> {
    std::fs::create_dir_all(&settings.data)
        .with_context(|| format!("the data folder {} cannot be made", settings.data.display()))?;
    let places = Places {
        database: settings.database.clone(),
        depot: settings.depot.clone(),
        s3: S3Options {
            endpoint: settings.s3_endpoint.clone(),
            region: settings.s3_region.clone(),
            path_style: settings.s3_path_style,
        },
    };
    let key = read_key(&settings.master_key_file)?;
    let mut opening = Opening::at(&places, settings.data.join("tmp"), key).await?;
    opening.lfs_part_bytes = settings.lfs_part_bytes;
    opening.lfs_basic_bytes_max = settings.lfs_basic_bytes_max;
    Ok(Commons::open(opening).await?)
}

/// Reads the master key, or makes one. Two replicas that start together on one folder end up with the same.
fn read_key(path: &Path) -> anyhow::Result<[u8; 32]> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse_key(&text)
            .with_context(|| format!("{} does not hold 64 hexadecimal digits", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            make_key(path).with_context(|| format!("the key file {} cannot be written", path.display()))?;
            let text = std::fs::read_to_string(path)?;
            parse_key(&text)
                .with_context(|| format!("{} does not hold 64 hexadecimal digits", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("the key file {} cannot be read", path.display())),
    }
}

fn make_key(path: &Path) -> anyhow::Result<()> {
    let text: String = new_master_key()?.iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = path.parent().unwrap_or(Path::new("."));
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
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let first = read_key(&path).unwrap();
        assert_eq!(read_key(&path).unwrap(), first);
        assert_ne!(first, [0; 32]);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "short").unwrap();
        assert!(read_key(&path).is_err());
    }
}
