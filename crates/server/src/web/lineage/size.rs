//! How large the picture of a lineage is on its page: zoomed by links, with no script.

use super::picture::Picture;

/// How large the picture is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Size {
    /// As wide as the page.
    Fit,
    /// A unit is as much as a dot.
    Full,
    /// A unit is two dots.
    Double,
}

impl Size {
    pub(super) const ALL: [Size; 3] = [Size::Fit, Size::Full, Size::Double];

    pub(super) fn of(word: Option<&str>) -> Size {
        Size::ALL.into_iter().find(|size| Some(size.word()) == word).unwrap_or(Size::Fit)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Size::Fit => "fit",
            Size::Full => "full",
            Size::Double => "double",
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Size::Fit => "Fit the page",
            Size::Full => "Full size",
            Size::Double => "Twice the size",
        }
    }

    /// How many dots wide and high a picture is.
    pub(super) fn dots(self, picture: &Picture) -> (usize, usize) {
        let times = if self == Size::Double { 2 } else { 1 };
        ((picture.wide + 40) * times, picture.high * times)
    }

    /// What an address of the page ends with.
    pub(super) fn query(self, wide: bool) -> String {
        let steps = wide.then(|| "steps=all".to_owned());
        let size = (self != Size::Fit).then(|| format!("size={}", self.word()));
        let all: Vec<String> = steps.into_iter().chain(size).collect();
        if all.is_empty() { String::new() } else { format!("?{}", all.join("&")) }
    }
}
