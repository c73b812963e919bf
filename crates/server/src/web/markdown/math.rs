//! LaTeX formulas as MathML.
//!
//! The gate knows no MathML, so that no text can bring any: mixed with HTML it is where parsers disagree. What the
//! converter makes is instead read here, tag by tag, against a list of elements and attributes in which texts hold
//! nothing but text; anything else, and anything that is not understood, is shown as it is written.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use seedcorn_core::limits;

use super::escape;

/// Elements that hold elements.
const LAYOUT: [&str; 19] = [
    "math",
    "menclose",
    "mfrac",
    "mmultiscripts",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "mspace",
    "msqrt",
    "mstyle",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtr",
];

/// Those of them that place things below and above.
const LIMITS: [&str; 2] = ["munder", "munderover"];

/// Elements that hold text. A browser reads their content as HTML.
const TEXTS: [&str; 5] = ["mi", "mn", "mo", "ms", "mtext"];

/// Attributes that are kept.
const ATTRIBUTES: [&str; 22] = [
    "accent",
    "accentunder",
    "columnspan",
    "depth",
    "display",
    "displaystyle",
    "fence",
    "form",
    "height",
    "largeop",
    "linethickness",
    "lspace",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "notation",
    "rspace",
    "scriptlevel",
    "stretchy",
    "symmetric",
    "width",
];

/// Elements within each other in what is shown.
const DEPTH_MAX: usize = 200;

static CONVERTER: LazyLock<Option<LatexToMathML>> =
    LazyLock::new(|| LatexToMathML::new(MathCoreConfig::default()).ok());

/// Typesets the formulas of one text, up to their limits.
#[derive(Default)]
pub(super) struct Formulas {
    count: usize,
}

impl Formulas {
    /// A `<math>` element; `None` for what is not understood or too much.
    pub(super) fn typeset(&mut self, source: &str, display: bool) -> Option<String> {
        self.count += 1;
        let source = source.trim();
        let fits = self.count <= limits::FORMULAS_MAX && source.len() <= limits::FORMULA_BYTES_MAX;
        if !fits || source.is_empty() || waiting(source) > limits::FORMULA_DEPTH_MAX {
            return None;
        }
        let display = if display { MathDisplay::Block } else { MathDisplay::Inline };
        let converter = CONVERTER.as_ref()?;
        // A formula that finds a bug in the converter must not take the page with it.
        let converted =
            catch_unwind(AssertUnwindSafe(|| converter.convert_with_local_state(source, display)));
        checked(&converted.ok()?.ok()?.mathml)
    }
}

/// How many commands and braces may at most be waiting for their arguments at once, each on the converter's stack. How
/// many arguments a command takes is not known here, so each is taken to wait until its group, row or column ends.
fn waiting(source: &str) -> usize {
    let mut groups: Vec<usize> = Vec::new();
    let (mut now, mut most) = (0_usize, 0);
    let mut bytes = source.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            // The end of a row, where nothing waits but groups.
            b'\\' if bytes.next_if_eq(&b'\\').is_some() => now = groups.last().map_or(0, |before| before + 1),
            b'\\' => {
                // Also what is no letter: `\{` is a command.
                _ = bytes.next();
                now += 1;
            }
            b'&' => now = groups.last().map_or(0, |before| before + 1),
            b'{' => {
                groups.push(now);
                now += 1;
            }
            b'}' => now = groups.pop().unwrap_or_default(),
            b'^' | b'_' | b'[' => now += 1,
            _ => {}
        }
        most = most.max(now);
    }
    most
}

/// Writes MathML anew from what is allowed of it; `None` if it is anything else than that.
fn checked(mathml: &str) -> Option<String> {
    let mut html = String::with_capacity(mathml.len());
    let mut open: Vec<&str> = Vec::new();
    let mut rest = mathml;
    while !rest.is_empty() {
        let (text, behind) = rest.split_once('<').unwrap_or((rest, ""));
        let in_text = open.last().is_some_and(|name| TEXTS.contains(name));
        if !in_text && !text.trim().is_empty() {
            return None;
        }
        escape::text(&mut html, &escape::decode(text));
        if behind.is_empty() {
            break;
        }
        let (tag, behind) = behind.split_once('>')?;
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return None;
            }
            html.push_str("</");
            html.push_str(name);
            html.push('>');
        } else {
            let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let name = start(&mut html, tag)?;
            if in_text || open.is_empty() != (name == "math") || open.len() >= DEPTH_MAX {
                return None;
            } else if closed {
                // HTML knows no empty elements but its own; this is read the same by all.
                html.push_str(&format!("</{name}>"));
            } else {
                open.push(name);
            }
        }
    }
    (open.is_empty() && html.starts_with("<math") && html.ends_with("</math>")).then_some(html)
}

/// Writes a start tag with the attributes that are kept.
fn start<'t>(html: &mut String, tag: &'t str) -> Option<&'t str> {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    if ![LAYOUT.as_slice(), &LIMITS, &TEXTS].iter().any(|list| list.contains(&name)) {
        return None;
    }
    html.push('<');
    html.push_str(name);
    rest = rest.trim();
    while !rest.is_empty() {
        let (attribute, behind) = rest.split_once("=\"")?;
        let (value, behind) = behind.split_once('"')?;
        rest = behind.trim_start();
        let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" .%+-".contains(&byte));
        if attribute == "style" {
            // No page has styles of its own; those that align columns have a class.
            let class = match value {
                _ if value.contains("text-align: right") => " class=\"m-r\"",
                _ if value.contains("text-align: left") => " class=\"m-l\"",
                _ => "",
            };
            html.push_str(class);
        } else if ATTRIBUTES.contains(&attribute) && plain {
            html.push_str(&format!(" {attribute}=\"{value}\""));
        }
    }
    html.push('>');
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typeset(source: &str) -> Option<String> {
        Formulas::default().typeset(source, false)
    }

    #[test]
    fn formulas_of_cards() {
        assert_eq!(typeset("x^2").as_deref(), Some("<math><msup><mi>x</mi><mn>2</mn></msup></math>"));
        assert!(
            Formulas::default().typeset("x", true).is_some_and(|m| m.starts_with("<math display=\"block\">"))
        );
        for source in [
            r"\mathrm{softmax}\left(\frac{QK^T}{\sqrt{d_k}}\right)V",
            r"\mathcal{L} = -\sum_{i=1}^{N} y_i \log \hat{y}_i",
            r"\begin{aligned} a &= b \\ c &< d \end{aligned}",
            r"\mathbb{E}_{x \sim p}[\lVert x \rVert_2^2] \approx 10^{-5}",
            r"\begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}",
            r"\text{if } a < b \text{ \& so on}",
            r"\color{red} x",
        ] {
            assert!(typeset(source).is_some(), "{source}");
        }
        let aligned = typeset(r"\begin{aligned} a &= b \end{aligned}").unwrap_or_default();
        assert!(aligned.contains("<mtd class=\"m-r\">") && !aligned.contains(" style="), "{aligned}");
    }

    #[test]
    fn what_is_not_understood_is_left() {
        for source in ["", " ", r"\frac{1", r"\href{javascript:alert(1)}{x}", r"\nosuch", r"\begin{x}", "{"] {
            assert_eq!(typeset(source), None, "{source}");
        }
    }

    #[test]
    fn limits_hold() {
        assert_eq!(typeset(&"x".repeat(limits::FORMULA_BYTES_MAX + 1)), None);
        for unit in [
            r"\hat",
            r"\frac1",
            r"\sqrt",
            "{",
            "x^{",
            r"\left(",
            r"\begin{matrix}",
            r"\overset a",
            "^",
            "[",
            r"\frac{1}",
        ] {
            let deep = unit.repeat(limits::FORMULA_DEPTH_MAX + 1);
            assert!(waiting(&deep) > limits::FORMULA_DEPTH_MAX, "{unit}");
            // On the small stack of a test thread: it must not overflow whatever comes.
            _ = typeset(&unit.repeat(limits::FORMULA_DEPTH_MAX / 2));
        }
        assert!(waiting(&r"a &= \frac{1}{2} \\".repeat(100)) < 8);
        let mut formulas = Formulas::default();
        let typeset = (0..limits::FORMULAS_MAX + 5).filter_map(|_| formulas.typeset("x", false));
        assert_eq!(typeset.count(), limits::FORMULAS_MAX);
    }

    #[test]
    fn nothing_but_mathml_passes() {
        for bad in [
            "<math><mi><img src=\"x\"></mi></math>",
            "<math><mtext><mrow></mrow></mtext></math>",
            "<math><annotation-xml></annotation-xml></math>",
            "<math><mi>x</mi>",
            "<math></mi></math>",
            "<mrow></mrow>",
            "<math></math><math></math>x",
            "<math>x</math>",
            "<math><math></math></math>",
            "<math><!-- --></math>",
            "<math><mi x></mi></math>",
        ] {
            assert_eq!(checked(bad), None, "{bad}");
        }
        let cleaned =
            checked("<math onclick=\"x\" display=\"block\"><mspace width=\"1em\" style=\"a\"/></math>");
        assert_eq!(
            cleaned.as_deref(),
            Some("<math display=\"block\"><mspace width=\"1em\"></mspace></math>")
        );
    }
}
