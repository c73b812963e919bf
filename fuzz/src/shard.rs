//! A shard as it is uploaded.

use seedcorn_content::xet::shard::{
    SHARD_FOOTER_BYTES, Shard, ShardError, XorbRecord, render_dedup_answer, render_upload,
};
use seedcorn_core::limits::{XORB_CHUNKS_MAX, XORB_RAW_BYTES_MAX};

const RECORD: usize = 48;

/// The bytes are a whole body.
pub fn check(data: &[u8]) {
    let Ok(shard) = Shard::parse(data) else { return };
    let records: usize = shard.files.iter().map(file_records).sum();
    let xorbs: usize = shard.xorbs.iter().map(XorbRecord::rendered_bytes).sum();
    let rendered = render_upload(&shard);
    // Header and two bookends.
    assert_eq!(rendered.len(), RECORD * (3 + records) + xorbs);
    assert!(rendered.len() <= data.len(), "more was read than came in");
    assert_eq!(Shard::parse(&rendered).as_ref(), Ok(&shard));

    for term in shard.files.iter().flat_map(|file| &file.terms) {
        assert!(term.start < term.end && term.end as usize <= XORB_CHUNKS_MAX);
        assert!(term.raw_bytes >= term.end - term.start && u64::from(term.raw_bytes) <= XORB_RAW_BYTES_MAX);
    }
    for xorb in &shard.xorbs {
        assert!(xorb.chunks.len() <= XORB_CHUNKS_MAX && u64::from(xorb.raw_bytes) <= XORB_RAW_BYTES_MAX);
    }
    with_footer(&shard, &rendered);
    for cut in [1, RECORD, rendered.len() / 2] {
        assert!(Shard::parse(&rendered[..rendered.len() - cut]).is_err(), "a shard cut short was taken");
    }
    assert_eq!(Shard::parse(&[&rendered[..], b"!"].concat()), Err(ShardError::Trailing(1)));
}

fn file_records(file: &seedcorn_content::xet::shard::FileRecord) -> usize {
    let verification = file.verification.as_ref().map_or(0, Vec::len);
    assert!(file.verification.is_none() || verification == file.terms.len());
    1 + file.terms.len() + verification + usize::from(file.sha256.is_some())
}

/// The same with the footer of an old client, and as an answer.
fn with_footer(shard: &Shard, rendered: &[u8]) {
    let answer = render_dedup_answer(&shard.xorbs, [0; 32], 1, 2);
    assert_eq!(Shard::parse(&answer), Ok(Shard { files: Vec::new(), xorbs: shard.xorbs.clone() }));
    let keyed = render_dedup_answer(&shard.xorbs, [7; 32], 1, 2);
    assert_eq!(keyed.len(), answer.len());
    assert_eq!(Shard::parse(&keyed), Err(ShardError::Keyed));

    let mut old = rendered.to_vec();
    old[40..RECORD].copy_from_slice(&(SHARD_FOOTER_BYTES as u64).to_le_bytes());
    old.extend_from_slice(&answer[answer.len() - SHARD_FOOTER_BYTES..]);
    assert_eq!(Shard::parse(&old).as_ref(), Ok(shard));
}
