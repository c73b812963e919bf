//! What a text in somebody's own words holds back, found by words that leave no doubt.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::terms::Restriction;

/// Letters of a line that are told.
const SAID_CHARS_MAX: usize = 160;

// Each asks for a word of granting or using beside it: cards speak of commercial systems, of evaluation and of proprietary models
// as well. `\b` of ASCII alone, so that texts in other writings are looked through as fast.
const HELD: &[(&str, Restriction)] = &[
    (r"(?-u:\b)monthly active users(?-u:\b)", Restriction::UserThreshold),
    (
        r"(?-u:\b)annual (gross )?revenues? (of|above|over|exceed|below|under|less|more|in excess|is|are)",
        Restriction::UserThreshold,
    ),
    (r"(?-u:\b)non-?commercial(ly)?(?-u:\b)|n o n ?- ?c o m m e r c i a l", Restriction::NonCommercial),
    (
        r"(?-u:\b)(no|not|prohibits?|forbids?|never) (be used )?(for )?(any )?commercial (uses?|usage|purposes?|exploitation|applications?|ones?)(?-u:\b)|(?-u:\b)not for commercial(?-u:\b)",
        Restriction::NonCommercial,
    ),
    (
        r"(?-u:\b)commercial (use|usage|purposes?|exploitation)( of [^.]{1,60})? (is|are) (not (permitted|allowed|granted|included|possible)|never|strictly|expressly|prohibited|forbidden|disallowed|restricted)",
        Restriction::NonCommercial,
    ),
    (
        r"(?-u:\b)commercial (use|usage|purposes?|exploitation)( of [^.]{1,60})? (requires?|needs?) ",
        Restriction::NonCommercial,
    ),
    (
        r"(?-u:\b)(solely|only|exclusively|restricted|limited|intended only) (to|for) (academic|scientific|non-?profit|research|educational)",
        Restriction::NonCommercial,
    ),
    (
        r"(?-u:\b)(research|academic|scientific|educational|personal|evaluation)( and [a-z]+)? (purposes?|uses?) (only|solely|exclusively)(?-u:\b)|(?-u:\b)for (academic|research|personal)( and [a-z]+)? only(?-u:\b)",
        Restriction::NonCommercial,
    ),
    (r"(?-u:\b)cc[- ]?by[- ]nc(?-u:\b)", Restriction::NonCommercial),
    (
        r"(?-u:\b)(needs?|requires?|buy|obtain|purchase|under) an? (paid|separate|commercial|enterprise) (commercial )?(agreement|licen[cs]e|subscription|permission)",
        Restriction::NonCommercial,
    ),
    (r"nicht[- ]?kommerziell|keine[rn]? kommerzielle", Restriction::NonCommercial),
    (
        r"(?-u:\b)(no|não|sin fines|sem fins)[- ]?(comercial|comerciales|comerciais)(?-u:\b)|(?-u:\b)(non|pas)[- ]?commercial(e|es|i)?(?-u:\b)|(?-u:\b)niet[- ]?commercieel",
        Restriction::NonCommercial,
    ),
    (
        r"(?-u:\b)(usage|utilisation|uso|utilizzo) (commercial|comercial|commerciale) (est |es |è |é )?(interdit|prohibid|proibid|vietat|no )",
        Restriction::NonCommercial,
    ),
    (
        r"非商业|非商用|非商業|非營利|非营利|仅供(学术)?研究|仅限(学术)?研究|僅供研究|不得用于商业|禁止商用|禁止商业|非営利|商用利用(不可|禁止)|研究目的のみ|비상업|비영리|некоммерч",
        Restriction::NonCommercial,
    ),
    (r"(?-u:\b)(acceptable|prohibited) uses? policy(?-u:\b)", Restriction::UseRestriction),
    (
        r"(?-u:\b)(use-based restrictions|licen[cs]e with use restrictions|subject to (the )?use restrictions)(?-u:\b)",
        Restriction::UseRestriction,
    ),
    (r"(?-u:\b)open ?rail(?-u:\b)|(?-u:\b)rail(-[mds])? licen[cs]e(?-u:\b)", Restriction::UseRestriction),
    (
        r"(?-u:\b)(llama|gemma|qwen|falcon|mistral|deepseek|yi)[- ]?[0-9.]* (community |research |model )+licen[cs]e(?-u:\b)|(?-u:\b)gemma terms of use(?-u:\b)",
        Restriction::Custom,
    ),
    (r"(?-u:\b)licen[cs]e (agreement )?(for|of) (llama|gemma|qwen|falcon)(?-u:\b)", Restriction::Custom),
    (
        r"(?-u:\b)proprietary and confidential(?-u:\b)|(?-u:\b)proprietary licen[cs]e(?-u:\b)",
        Restriction::Custom,
    ),
    (r"(?-u:\b)community licen[cs]e(?-u:\b)", Restriction::Custom),
    (
        r"(?-u:\b)(train|improve|develop) any other (large )?(language |ai )?models?(?-u:\b)",
        Restriction::OutputUse,
    ),
    (r"(?-u:\b)no derivatives?(?-u:\b)", Restriction::NoDerivatives),
];

#[expect(clippy::expect_used, reason = "constant patterns, compiled by every test here")]
static PATTERNS: LazyLock<Vec<(Regex, Restriction)>> = LazyLock::new(|| {
    let compiled = |(pattern, kind): &(&str, Restriction)| {
        (Regex::new(&format!("(?i){pattern}")).expect("a valid pattern"), *kind)
    };
    HELD.iter().map(compiled).collect()
});

/// All of them at once: most texts hold nothing back.
#[expect(clippy::expect_used, reason = "constant patterns, compiled by every test here")]
static ANY: LazyLock<RegexSet> = LazyLock::new(|| {
    let patterns = HELD.iter().map(|(pattern, _)| format!("(?i){pattern}"));
    RegexSet::new(patterns).expect("valid patterns")
});

/// Words by which both kinds of use are granted: they hold nothing back, and are blotted out before others are looked for.
#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test here")]
static BOTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bnon-?commercial( use)?,? ?(and|or|/) ?commercial\b|\bcommercial( use)?,? ?(and|or|as well as|/) ?non-?commercial\b")
        .expect("a valid pattern")
});

/// Something that is held back, and where that is said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The line, counted from 1.
    pub line: u32,
    /// What is held back.
    pub what: Restriction,
    /// The line itself, cut.
    pub said: String,
}

/// Whether a text holds something back: as [`held_back`], of a text of one line.
pub fn holds_back(text: &str) -> Option<Restriction> {
    held_back(text).first().map(|held| held.what)
}

/// The first line of a text for each kind of thing that is held back, in their order but for what says only that terms are
/// somebody's own. Sentences go over line ends, so each line is read with
/// the next.
pub fn held_back(text: &str) -> Vec<Held> {
    let mut found: Vec<Held> = Vec::new();
    // Sentences go over line ends.
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let asked: Vec<usize> = ANY.matches(&flat).into_iter().collect();
    if asked.is_empty() {
        return found;
    }
    let mut lines = (1..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        let next = lines.peek().map_or("", |(_, next)| next.trim());
        let both = format!("{line} {next}");
        let both = BOTH.replace_all(&both, |hit: &regex::Captures<'_>| " ".repeat(hit[0].len()));
        for (pattern, what) in asked.iter().filter_map(|n| PATTERNS.get(*n)) {
            // What stands in the next line alone is found there.
            let here = pattern.find(&both).is_some_and(|hit| hit.start() < line.len());
            if here && !found.iter().any(|known| known.what == *what) {
                let said = line.chars().take(SAID_CHARS_MAX).collect();
                found.push(Held { line: number, what: *what, said });
            }
        }
    }
    // A title says least.
    found.sort_by_key(|held| held.what == Restriction::Custom);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_in_many_ways_and_languages() {
        for text in [
            "Creative Commons Attribution-NonCommercial 4.0 International License",
            "Commercial use is not permitted.",
            "commercial use is strictly prohibited",
            "No commercial use.",
            "The model is non-commercial.",
            "for academic use only",
            "for research purposes only",
            "released solely for research",
            "production use needs a paid agreement",
            "For-profit organisations have to buy a separate agreement",
            "under the Llama 2 Community License",
            "RAIL license with use restrictions",
            "Meta license for Llama 2",
            "Die Nutzung ist nur zu nichtkommerziellen Zwecken erlaubt.",
            "Uso no comercial.",
            "à des fins non commerciales",
            "仅供非商业用途",
            "Proprietary and confidential",
            "N O N - C O M M E R C I A L",
        ] {
            assert!(holds_back(text).is_some(), "{text}");
        }
        for text in [
            "Use it for research and for production.",
            "The results of commercial systems are given for comparison.",
            "Not evaluated on medical texts.",
            "MIT License",
            "It only speaks English.",
            "It shows competitiveness against proprietary models.",
            "llama.cpp needs a separate tokenizer and requires a separate mmproj file.",
            "The test split is for evaluation only in name.",
            "Its knowledge is limited in scientific domains.",
            "No commercial models were used to make the data.",
            "Commercial use is a goal of ours, and it is not restricted.",
            "For research, commercial, and non-commercial use.",
            "Use it commercial/non-commercial, as you like.",
            "Kommerzielle Nutzung ist erlaubt.",
            "支持学术研究和商业使用",
            "It reads annual revenue tables.",
            "There are no use restrictions.",
            "The base is under the llama3.1 license.",
        ] {
            assert_eq!(held_back(text), [], "{text}");
        }
    }

    #[test]
    fn what_grants_both_kinds_of_use_holds_nothing_back() {
        assert_eq!(held_back("Free for commercial and non-commercial use."), []);
        assert_eq!(held_back("For non-commercial or commercial purposes, as you like."), []);
        let found = held_back("It may be used for non-commercial\npurposes, and not for commercial ones.");
        assert_eq!(
            found.iter().map(|held| (held.line, held.what)).collect::<Vec<_>>(),
            [(1, Restriction::NonCommercial)]
        );
    }
}
