//! Text as TeX has it, there and back: special characters, and the accents that old lists of references spell out.

/// Commands that stand for a character; the first few are those that are written.
const COMMANDS: &[(&str, char)] = &[
    ("textbackslash", '\\'),
    ("textbraceleft", '{'),
    ("textbraceright", '}'),
    ("textasciitilde", '~'),
    ("textasciicircum", '^'),
    ("ss", 'ß'),
    ("ae", 'æ'),
    ("AE", 'Æ'),
    ("oe", 'œ'),
    ("OE", 'Œ'),
    ("aa", 'å'),
    ("AA", 'Å'),
    ("o", 'ø'),
    ("O", 'Ø'),
    ("l", 'ł'),
    ("L", 'Ł'),
    ("i", 'ı'),
    ("j", 'ȷ'),
    ("textendash", '–'),
    ("textemdash", '—'),
];

/// Accents: the command, the letters it is put on, and what becomes of them.
const ACCENTS: &[(char, &str, &str)] = &[
    ('\'', "aeiouycnszlrıAEIOUYCNSZLR", "áéíóúýćńśźĺŕíÁÉÍÓÚÝĆŃŚŹĹŔ"),
    ('`', "aeiounıAEIOUN", "àèìòùǹìÀÈÌÒÙǸ"),
    ('^', "aeioucghjswyıAEIOUCGHJSWY", "âêîôûĉĝĥĵŝŵŷîÂÊÎÔÛĈĜĤĴŜŴŶ"),
    ('"', "aeiouyıAEIOUY", "äëïöüÿïÄËÏÖÜŸ"),
    ('~', "anoiuANOIU", "ãñõĩũÃÑÕĨŨ"),
    ('=', "aeiouAEIOU", "āēīōūĀĒĪŌŪ"),
    ('.', "cegzIZCEG", "ċėġżİŻĊĖĠ"),
    ('c', "cstkglnrCSTKGLNR", "çşţķģļņŗÇŞŢĶĢĻŅŖ"),
    ('v', "cszrendtlaougCSZRENDTLAOUG", "čšžřěňďťľǎǒǔǧČŠŽŘĚŇĎŤĽǍǑǓǦ"),
    ('u', "aegiouAEGIOU", "ăĕğĭŏŭĂĔĞĬŎŬ"),
    ('H', "ouOU", "őűŐŰ"),
    ('k', "aeiuAEIU", "ąęįųĄĘĮŲ"),
    ('r', "auAU", "åůÅŮ"),
];

/// Text for the inside of a field. Braces become commands, because BibTeX counts them even behind a backslash.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' => {
                out.push('\\');
                out.push(c);
            }
            '\\' | '{' | '}' | '~' | '^' => {
                let command = COMMANDS.iter().find(|(_, sign)| *sign == c).map_or("", |(name, _)| name);
                out.push_str(&format!("\\{command}{{}}"));
            }
            c => out.push(c),
        }
    }
    out
}

/// What a field says: commands as the characters they stand for, accents on their letters, braces gone. Of a command that
/// is not known, what it is applied to is left.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '{' | '}' => {}
            '~' => out.push(' '),
            '\\' => rest = command(rest, &mut out),
            c => out.push(c),
        }
    }
    crate::paper::one_line(&out)
}

/// What stands behind a backslash; returns the rest.
fn command<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some(first) = rest.chars().next() else { return rest };
    if !first.is_ascii_alphabetic() {
        let behind = rest.get(first.len_utf8()..).unwrap_or_default();
        return match accented(first, behind, out) {
            Some(behind) => behind,
            None => {
                out.push(first);
                behind
            }
        };
    }
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    if name.len() == 1
        && let Some(behind) = accented(first, behind, out)
    {
        return behind;
    }
    if let Some((_, sign)) = COMMANDS.iter().find(|(known, _)| *known == name) {
        out.push(*sign);
    }
    // Empty braces, or a space, only end the command's name.
    behind.strip_prefix("{}").or_else(|| behind.strip_prefix(' ')).unwrap_or(behind)
}

/// An accent and its letter, in braces or not; `None` if this is no accent that is known on that letter.
fn accented<'a>(accent: char, behind: &'a str, out: &mut String) -> Option<&'a str> {
    let (_, letters, composed) = ACCENTS.iter().find(|(known, ..)| *known == accent)?;
    let braced = behind.trim_start().strip_prefix('{');
    let inside = braced.unwrap_or_else(|| behind.trim_start());
    let inside = inside.strip_prefix('\\').filter(|rest| rest.starts_with(['i', 'j'])).unwrap_or(inside);
    let letter = inside.chars().next()?;
    let at = letters.chars().position(|known| known == letter)?;
    let rest = inside.get(letter.len_utf8()..)?;
    let rest = if braced.is_some() { rest.strip_prefix('}')? } else { rest };
    out.push(composed.chars().nth(at)?);
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accents() {
        for (letters, composed) in ACCENTS.iter().map(|(_, letters, composed)| (letters, composed)) {
            assert_eq!(letters.chars().count(), composed.chars().count(), "{letters} {composed}");
        }
        for (tex, text) in [
            (r#"G{\"o}del, Kurt"#, "Gödel, Kurt"),
            (r#"G\"{o}del"#, "Gödel"),
            (r#"G\"odel"#, "Gödel"),
            (r"Poincar\'e", "Poincaré"),
            (r"\c{C}a\u{g}lar, \v{S}", "Çağlar, Š"),
            (r"Mart{\'\i}n Mart\'{\i}n", "Martín Martín"),
            (r#"\O rsted, \AA{}ngstr\"om, Stra\ss e, {\L}ukasz"#, "Ørsted, Ångström, Straße, Łukasz"),
            (r"\emph{x} {\bf y} \& 5\% $z$ a~b", "x y & 5% $z$ a b"),
            (r"\", ""),
            (r"\'", "'"),
            (r"\'{", "'"),
        ] {
            assert_eq!(plain(tex), text, "{tex}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back(text in "\\PC{0,40}") {
            prop_assert_eq!(plain(&escape(&text)), crate::paper::one_line(&text));
        }

        #[test]
        fn anything_is_read(text in any::<String>()) {
            plain(&text);
        }
    }
}
