//! Ids that others give out: of people (ORCID) and of papers (arXiv, DOI). Each is checked as far as it can be without
//! asking anybody, and kept in one spelling.

use std::fmt;

use serde_json::Value;

use crate::name::BadName;

/// Bytes of a DOI; the longest in use have about half.
const DOI_BYTES_MAX: usize = 200;

/// Takes the address or the label away that people write before an id, in any case.
fn bare<'a>(text: &'a str, labels: &[&str]) -> &'a str {
    let mut text = text.trim();
    for label in ["https://", "http://", "www."].iter().chain(labels) {
        let head = text.get(..label.len());
        if head.is_some_and(|head| head.eq_ignore_ascii_case(label)) {
            text = text.get(label.len()..).unwrap_or_default().trim_start();
        }
    }
    text.trim_end_matches('/')
}

/// The id of a researcher: `0000-0002-1825-0097`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Orcid(String);

impl Orcid {
    /// Reads an id, or the address of one. The last sign checks the others (ISO 7064, mod 11-2), so that a typing error
    /// gives nobody else the credit.
    ///
    /// # Errors
    /// Says what an ORCID iD looks like, or that its last sign does not fit.
    pub fn parse(text: &str) -> Result<Orcid, BadName> {
        let id = bare(text, &["orcid.org/", "orcid:"]).to_ascii_uppercase();
        let groups: Vec<&str> = id.split('-').collect();
        let signs: String = groups.concat();
        let digits = signs.get(..15).is_some_and(|first| first.bytes().all(|byte| byte.is_ascii_digit()));
        let last = signs.bytes().last().is_some_and(|byte| byte.is_ascii_digit() || byte == b'X');
        if groups.len() != 4 || groups.iter().any(|group| group.len() != 4) || !digits || !last {
            return Err(BadName(format!(
                "an ORCID iD has four groups of four digits, such as 0000-0002-1825-0097: {text:?}"
            )));
        }
        let sum = signs.bytes().take(15).fold(0_u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
        let check = match (12 - sum) % 11 {
            10 => b'X',
            digit => b'0' + u8::try_from(digit).unwrap_or_default(),
        };
        if signs.as_bytes().last() != Some(&check) {
            return Err(BadName(format!("the last sign of the ORCID iD does not fit the others: {text:?}")));
        }
        Ok(Orcid(id))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its page.
    pub fn address(&self) -> String {
        format!("https://orcid.org/{self}")
    }
}

impl fmt::Display for Orcid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a paper at arXiv, without a version: `2305.18290`, or `hep-th/9901001` from before April 2007.
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct ArxivId(String);

impl ArxivId {
    /// Reads an id, with or without `arXiv:`, a version, or the address of its page or PDF.
    ///
    /// # Errors
    /// Says what an arXiv id looks like.
    pub fn parse(text: &str) -> Result<ArxivId, BadName> {
        let id = bare(text, &["export.arxiv.org/", "arxiv.org/", "abs/", "pdf/", "arxiv:"]);
        let id = id.strip_suffix(".pdf").unwrap_or(id);
        let id = match id.rsplit_once('v') {
            Some((id, version)) if !version.is_empty() && all_digits(version) => id,
            _ => id,
        };
        if is_new(id) || is_old(id) {
            return Ok(ArxivId(id.to_owned()));
        }
        Err(BadName(format!("an arXiv id looks like 2305.18290 or hep-th/9901001: {text:?}")))
    }

    /// From a card. YAML takes `2305.18290` without quotes for a number and loses the zero at its end, but how many digits
    /// there were follows from the month.
    ///
    /// # Errors
    /// As [`ArxivId::parse`].
    pub fn from_value(value: &Value) -> Result<ArxivId, BadName> {
        match (value, value.as_f64()) {
            (Value::String(text), _) => ArxivId::parse(text),
            (_, Some(number)) => ArxivId::parse(&match number {
                number if number < 1500.0 => format!("{number:09.4}"),
                number => format!("{number:.5}"),
            }),
            _ => Err(BadName("an arXiv id is a text, such as \"2305.18290\"".into())),
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The page of the paper.
    pub fn address(&self) -> String {
        format!("https://arxiv.org/abs/{self}")
    }
}

impl fmt::Display for ArxivId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `YYMM` with a month.
fn is_month(text: &str) -> bool {
    all_digits(text)
        && text
            .get(2..4)
            .and_then(|month| month.parse().ok())
            .is_some_and(|month: u8| (1..=12).contains(&month))
}

/// From April 2007, and five digits from 2015.
fn is_new(id: &str) -> bool {
    let Some((month, number)) = id.split_once('.') else { return false };
    let digits = if month < "1501" { 4 } else { 5 };
    month.len() == 4 && is_month(month) && month >= "0704" && number.len() == digits && all_digits(number)
}

fn is_old(id: &str) -> bool {
    let Some((archive, number)) = id.split_once('/') else { return false };
    let (archive, class) = archive.split_once('.').unwrap_or((archive, "XX"));
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    (2..=16).contains(&archive.len())
        && archive.bytes().all(letters)
        && class.len() == 2
        && class.bytes().all(|byte| byte.is_ascii_uppercase())
        && number.len() == 7
        && all_digits(number)
        && number.get(..4).is_some_and(is_month)
}

/// A digital object identifier: `10.1038/s41586-021-03819-2`. In lower case, since case makes no other DOI.
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Doi(String);

impl Doi {
    /// Reads an id, with or without `doi:` or the address of its resolver.
    ///
    /// # Errors
    /// Says what a DOI looks like. Signs that no list of references could carry are refused: quotes, braces, backslashes,
    /// spaces, and whatever is not ASCII.
    pub fn parse(text: &str) -> Result<Doi, BadName> {
        let id = bare(text, &["dx.doi.org/", "doi.org/", "doi:"]).to_ascii_lowercase();
        let sound = |byte: u8| byte.is_ascii_graphic() && !b"\"{}\\`^|<>#%".contains(&byte);
        let prefix = |text: &str| {
            let digits = text.split('.').all(|part| !part.is_empty() && all_digits(part));
            digits && text.split('.').next().is_some_and(|first| (4..=9).contains(&first.len()))
        };
        match id.strip_prefix("10.").and_then(|rest| rest.split_once('/')) {
            Some((registrant, rest))
                if prefix(registrant)
                    && !rest.is_empty()
                    && id.len() <= DOI_BYTES_MAX
                    && rest.bytes().all(sound) =>
            {
                Ok(Doi(id))
            }
            _ => Err(BadName(format!("a DOI looks like 10.1038/s41586-021-03819-2: {text:?}"))),
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it leads.
    pub fn address(&self) -> String {
        format!("https://doi.org/{self}")
    }

    /// The paper at arXiv that a DOI of arXiv's own names.
    pub fn arxiv(&self) -> Option<ArxivId> {
        ArxivId::parse(self.0.strip_prefix("10.48550/arxiv.")?).ok()
    }
}

impl fmt::Display for Doi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn orcids() {
        for good in [
            "0000-0002-1825-0097",
            "https://orcid.org/0000-0001-5109-3700",
            "orcid:0000-0002-1694-233x",
            " HTTP://ORCID.org/0000-0002-1694-233X/ ",
        ] {
            Orcid::parse(good).unwrap();
        }
        assert_eq!(Orcid::parse("0000-0002-1694-233x").unwrap().as_str(), "0000-0002-1694-233X");
        for bad in [
            "",
            "0000-0002-1825-0096",
            "0000-0002-1825-009X",
            "0000-0002-1825-00970",
            "00000002-1825-0097",
            "0000000218250097",
            "0000-000X-1825-0097",
            "0000-0002-1825-009é",
            "é000-0002-1825-0097",
        ] {
            assert!(Orcid::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn arxiv_ids() {
        for (text, id) in [
            ("2305.18290", "2305.18290"),
            ("arXiv:2305.18290v3", "2305.18290"),
            ("https://arxiv.org/pdf/2305.18290v2.pdf", "2305.18290"),
            ("http://www.arxiv.org/abs/0704.0001", "0704.0001"),
            ("hep-th/9901001v1", "hep-th/9901001"),
            ("arxiv.org/abs/math.GT/0309136", "math.GT/0309136"),
            ("solv-int/9401001", "solv-int/9401001"),
        ] {
            assert_eq!(ArxivId::parse(text).unwrap().as_str(), id);
        }
        for bad in [
            "",
            "2305.1829",
            "1412.12345",
            "2313.18290",
            "0703.0001",
            "2305.182901",
            "v2",
            "Hep/9901001",
            "hep-th/9913001",
            "a/b",
        ] {
            assert!(ArxivId::parse(bad).is_err(), "{bad}");
        }
        for (value, id) in
            [(json!(2305.1829), "2305.18290"), (json!(704.0001), "0704.0001"), (json!(1412.1), "1412.1000")]
        {
            assert_eq!(ArxivId::from_value(&value).unwrap().as_str(), id);
        }
        assert!(ArxivId::from_value(&json!(["2305.18290"])).is_err());
    }

    #[test]
    fn dois() {
        for (text, id) in [
            ("10.1038/s41586-021-03819-2", "10.1038/s41586-021-03819-2"),
            ("doi:10.1145/3442188.3445922", "10.1145/3442188.3445922"),
            ("https://doi.org/10.48550/arXiv.2305.18290", "10.48550/arxiv.2305.18290"),
            ("http://dx.doi.org/10.1000.10/A(1)", "10.1000.10/a(1)"),
        ] {
            assert_eq!(Doi::parse(text).unwrap().as_str(), id);
        }
        for bad in
            ["", "10.1/x", "10.1038/", "11.1038/x", "10.1038/a b", "10.1038/a}b", "10.1038/é", "10.10x8/a"]
        {
            assert!(Doi::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Doi::parse("10.48550/arXiv.2305.18290").unwrap().arxiv().unwrap().as_str(), "2305.18290");
        assert!(Doi::parse("10.1038/x").unwrap().arxiv().is_none());
    }

    proptest! {
        #[test]
        fn what_is_kept_is_read_again(text in "\\PC{0,40}|arXiv:[0-9]{4}\\.[0-9]{4,5}|10\\.[0-9]{4}/[!-~]{1,20}") {
            if let Ok(id) = ArxivId::parse(&text) {
                prop_assert_eq!(&ArxivId::parse(id.as_str()).unwrap(), &id);
                prop_assert_eq!(&ArxivId::parse(&id.address()).unwrap(), &id);
            }
            if let Ok(id) = Doi::parse(&text) {
                prop_assert_eq!(&Doi::parse(&id.address()).unwrap(), &id);
            }
            if let Ok(id) = Orcid::parse(&text) {
                prop_assert_eq!(&Orcid::parse(&id.address()).unwrap(), &id);
            }
        }

        #[test]
        fn one_wrong_digit_is_noticed(digits in prop::collection::vec(0_u8..10, 15), at in 0_usize..15, by in 1_u8..10) {
            let write = |digits: &[u8], last: char| {
                let all: String = digits.iter().map(|d| char::from(b'0' + d)).chain([last]).collect();
                [&all[..4], &all[4..8], &all[8..12], &all[12..]].join("-")
            };
            let fits = |digits: &[u8]| {
                "0123456789X".chars().filter(|last| Orcid::parse(&write(digits, *last)).is_ok()).collect::<Vec<_>>()
            };
            let last = fits(&digits);
            prop_assert_eq!(last.len(), 1);
            let mut wrong = digits.clone();
            wrong[at] = (wrong[at] + by) % 10;
            prop_assert!(fits(&wrong) != last);
        }
    }
}
