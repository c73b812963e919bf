//! What a file's page shows of the file, each part made to fit: what a file says is as long as its writer likes, a page
//! is not.

mod fit;
mod rows;
mod tensors;

use seedcorn_commons::preview::{Preview, Shards, Wanted, What};
use seedcorn_commons::{Result, compute};
use seedcorn_core::card;
use seedcorn_formats::kind::Kind;

use super::blob::InRepo;
use super::show::{Bytes, Count, Many};
use super::{highlight, markdown};

pub(crate) use rows::RowsView;
pub(crate) use tensors::TensorsView;

/// Bytes of a text that are shown.
const TEXT_BYTES_MAX: usize = 48 * 1024;
/// Bytes of HTML that its lines may become: no page is to be larger than 150 kB.
const LINES_HTML_BYTES_MAX: usize = 100_000;
/// Bytes of HTML around each line.
const LINE_HTML_BYTES: usize = 100;

/// What is shown of a file.
#[derive(Debug)]
pub(crate) enum Shown {
    /// Rendered Markdown.
    Prose(String),
    /// Lines of text as HTML, and whether there are more.
    Lines(Vec<String>, bool),
    /// Tensors and metadata.
    Tensors(Box<TensorsView>),
    /// A table.
    Rows(Box<RowsView>),
    /// The files of a model.
    Shards(ShardsView),
    /// A picture.
    Picture,
    /// Sound.
    Sound,
    /// Moving pictures.
    Film,
    /// Pages to be opened on their own.
    Document,
    /// The first bytes: place, numbers, characters.
    Numbers(Vec<(String, String, String)>),
}

/// The files of a model.
#[derive(Debug)]
pub(crate) struct ShardsView {
    /// How much there is, in words.
    pub(crate) about: String,
    /// Name, address, tensors, size.
    pub(crate) rows: Vec<(String, Option<String>, Count, String)>,
    /// How many are not shown.
    pub(crate) left: usize,
}

/// A sentence on kinds of files that are not shown as what they are.
pub(crate) fn note(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Svg => Some("An SVG image may run scripts, so its source is shown."),
        Kind::Pickle => Some("Loading a pickle may run code that is in it. It was not loaded here."),
        _ => None,
    }
}

/// Whether a text is shown as people read it, not as it is written.
pub(crate) fn is_prose(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".md")
}

/// What a page shows of a file. `here`: the page's own address.
pub(crate) async fn shown(
    preview: Preview,
    path: &str,
    here: &str,
    wanted: &Wanted,
    links: InRepo,
) -> Result<Shown> {
    let find = wanted.find.as_str();
    Ok(match preview.what {
        What::Tensors(tensors) => Shown::Tensors(Box::new(TensorsView::new(*tensors, here, find))),
        What::Rows(rows) => Shown::Rows(Box::new(RowsView::new(*rows))),
        What::Shards(shards) => Shown::Shards(shards_view(shards, &links)),
        What::Media => match preview.kind {
            Kind::Audio(_) => Shown::Sound,
            Kind::Video(_) => Shown::Film,
            _ => Shown::Picture,
        },
        What::Bytes(_) if preview.kind == Kind::Pdf => Shown::Document,
        What::Bytes(bytes) => Shown::Numbers(numbers(&bytes)),
        What::Text(text, false) if is_prose(path) && !wanted.as_text => {
            let render = move || markdown::render(card::split(&text).body, &links).html;
            Shown::Prose(compute(render).await?)
        }
        What::Text(text, cut) => {
            let language = highlight::language_of(path).unwrap_or_default();
            compute(move || lines(language, &text, cut)).await?
        }
    })
}

/// As many lines from the beginning as a page may hold.
fn lines(language: &str, text: &str, cut: bool) -> Shown {
    // HTML has no place for it.
    let text = text.replace('\0', "\u{fffd}");
    let shown = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
    let all = highlight::highlight_lines(language, shown);
    let (count, mut bytes) = (all.len(), 0);
    let fits = |line: &String| {
        bytes += line.len() + LINE_HTML_BYTES;
        bytes <= LINES_HTML_BYTES_MAX
    };
    let lines: Vec<String> = all.into_iter().take_while(fits).collect();
    let more = cut || shown.len() < text.len() || lines.len() < count;
    Shown::Lines(lines, more)
}

fn shards_view(shards: Shards, links: &InRepo) -> ShardsView {
    let mut about =
        format!("{} in {}", Many(shards.tensors as u64, "tensor"), Many(shards.count as u64, "file"));
    if let Some(bytes) = shards.total_bytes {
        about.push_str(&format!(", {} of tensors", Bytes(bytes)));
    }
    let mut room = fit::Room::new(fit::ROWS_HTML_BYTES_MAX);
    let row = |shard: &seedcorn_commons::preview::Shard| {
        let address = shard.bytes.map(|_| links.file(&shard.path));
        let size = shard.bytes.map_or("not here".to_owned(), |bytes| Bytes(bytes).to_string());
        (fit::clip(&shard.name, fit::NAME_CHARS).0, address, Count(shard.tensors), size)
    };
    let fits = |(name, address, ..): &(String, Option<String>, _, _)| {
        room.takes(100 + fit::escaped_len(name) + address.as_ref().map_or(0, String::len))
    };
    let rows: Vec<_> = shards.rows.iter().map(row).take_while(fits).collect();
    ShardsView { about, left: shards.count - rows.len(), rows }
}

/// Sixteen bytes a line: where they are, as numbers, and as characters.
fn numbers(bytes: &[u8]) -> Vec<(String, String, String)> {
    let line = |(n, bytes): (usize, &[u8])| {
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
        let character = |byte: &u8| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        };
        (format!("{:08x}", 16 * n), format!("{hex:<47}"), bytes.iter().map(character).collect())
    };
    bytes.chunks(16).enumerate().map(line).collect()
}

#[cfg(test)]
impl ShardsView {
    pub(crate) fn sample() -> ShardsView {
        use super::samples::{href, text};
        let row = |address| (text(), address, Count(36), text());
        ShardsView { about: text(), rows: vec![row(Some(href())), row(None)], left: 7 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stand_in_lines_of_sixteen() {
        let lines = numbers(b"\x89PNG\r\n<b>0123456789");
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].0, "00000000");
        assert_eq!(lines[0].1, "89 50 4e 47 0d 0a 3c 62 3e 30 31 32 33 34 35 36");
        assert_eq!(lines[0].2, ".PNG..<b>0123456");
        assert_eq!((lines[1].1.len(), lines[1].2.as_str()), (47, "789"));
        assert!(numbers(b"").is_empty());
    }
}
