//! GitHub's alerts (`> [!NOTE]`) as the design's notices.

use comrak::nodes::{AlertType, NodeAlert};

use super::writer::Writer;

/// Opens the notice and writes its name; closing the outer `div` ends it.
pub(super) fn open(writer: &mut Writer<'_>, alert: &NodeAlert) {
    let (class, name) = match alert.alert_type {
        AlertType::Note => ("notice", "Note"),
        AlertType::Tip => ("notice notice-ok", "Tip"),
        AlertType::Important => ("notice notice-warn", "Important"),
        AlertType::Warning => ("notice notice-warn", "Warning"),
        AlertType::Caution => ("notice notice-bad", "Caution"),
    };
    writer.open("div", &[("class", class)]);
    writer.open("div", &[]);
    writer.open("p", &[]);
    writer.open("b", &[]);
    writer.text(alert.title.as_deref().unwrap_or(name));
    writer.close("b");
    writer.close("p");
}
