//! Where links and pictures of a text lead: into its repo, to the page itself, away, or nowhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seedcorn_core::limits;

use super::escape::decode;

/// What every id of a rendered text begins with, so that none is one of the page's own.
pub const ID_PREFIX: &str = "card-";

/// Bytes of an address; browsers take no longer ones in practice.
const ADDRESS_BYTES_MAX: usize = 8192;

/// Bytes of an id.
const ID_BYTES_MAX: usize = 128;

/// The repo and revision that a text belongs to. Paths are given decoded and normalised, without `.`, `..`, empty parts
/// and slashes at their ends; the answers are addresses of this hub that begin with one `/`, properly encoded (others
/// are thrown away).
pub trait Links {
    /// The folder in which the text lies, which relative addresses start from; empty for the repo's root.
    fn folder(&self) -> &str {
        ""
    }

    /// The address of a file's bytes, for a picture, a sound or a film.
    fn image(&self, path: &str) -> String;

    /// The hub's own address, without a slash at its end, where texts may name what was attached to them by it.
    fn site(&self) -> &str {
        ""
    }

    /// The page of a member of this name, where members are called by `@name`.
    fn member(&self, _name: &str) -> Option<String> {
        None
    }

    /// The address of the page of a file or a folder. `folder` says that the address was written with a slash at its
    /// end, or leads to the repo's root (then `path` is empty); without it, either may be meant.
    fn link(&self, path: &str, folder: bool) -> String;
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A page of this hub, or a place in this text.
    Here(String),
    /// Somebody else's site, or a mail address.
    Away(String),
    /// Nowhere that a link may lead.
    Nowhere,
}

/// Where a picture comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Picture {
    /// This hub, or the text itself.
    Here(String),
    /// Somebody else's site, which is not asked for it.
    Away(String),
    /// Nowhere.
    Nowhere,
}

/// What an address is by its beginning.
enum Form<'a> {
    Fragment(&'a str),
    Scheme(String),
    OtherHost,
    Site,
    Path { path: &'a str, fragment: Option<&'a str> },
}

/// As a browser cleans an address before it reads it: no control characters, no spaces around it, no backslashes for
/// slashes.
fn clean(address: &str) -> Option<String> {
    let inside = address.trim_matches(|c: char| c <= ' ');
    let kept = inside.chars().filter(|c| !c.is_control());
    let kept: String = kept.map(|c| if c == '\\' { '/' } else { c }).collect();
    (kept.len() <= ADDRESS_BYTES_MAX).then_some(kept)
}

fn form(address: &str) -> Form<'_> {
    if let Some(fragment) = address.strip_prefix('#') {
        return Form::Fragment(fragment);
    } else if address.starts_with("//") {
        return Form::OtherHost;
    } else if address.starts_with('/') {
        return Form::Site;
    }
    let scheme_end = address.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')));
    if let Some((scheme, _)) =
        scheme_end.and_then(|end| address.split_at_checked(end)).filter(|(scheme, rest)| {
            rest.starts_with(':') && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        })
    {
        return Form::Scheme(scheme.to_ascii_lowercase());
    }
    let (path, fragment) = address.split_once('#').map_or((address, None), |(path, f)| (path, Some(f)));
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    Form::Path { path, fragment }
}

/// The target of a link.
pub(super) fn link(address: &str, place: &dyn Links) -> Target {
    let Some(address) = clean(address) else { return Target::Nowhere };
    match form(&address) {
        Form::Fragment(fragment) => Target::Here(anchor(fragment)),
        Form::Site => Target::Here(address),
        Form::OtherHost => Target::Away(format!("https:{address}")),
        Form::Scheme(scheme) => match scheme.as_str() {
            "http" | "https" | "mailto" => Target::Away(address),
            _ => Target::Nowhere,
        },
        Form::Path { path, fragment } => {
            let Some(inside) = resolve(place.folder(), path) else { return Target::Nowhere };
            let folder = inside.is_empty() || path.ends_with('/');
            let url = place.link(&inside, folder);
            match (own(url), fragment) {
                (None, _) => Target::Nowhere,
                (Some(url), None) => Target::Here(url),
                // A page of Markdown is rendered here too, and has our ids.
                (Some(url), Some(fragment)) if is_markdown(&inside) => Target::Here(url + &anchor(fragment)),
                (Some(url), Some(fragment)) => Target::Here(format!("{url}#{}", word(fragment))),
            }
        }
    }
}

/// The source of a picture, a sound or a film.
pub(super) fn picture(address: &str, place: &dyn Links) -> Picture {
    if let Some(data) = data_image(address.trim_matches(|c: char| c <= ' ')) {
        return Picture::Here(data.to_owned());
    }
    let Some(address) = clean(address) else { return Picture::Nowhere };
    match form(&address) {
        // Whoever looks at a card would ask any page of the hub in their own name.
        Form::Site if address.contains("/resolve/") || is_attached(&address) => Picture::Here(address),
        Form::OtherHost => Picture::Away(format!("https:{address}")),
        Form::Scheme(scheme) if matches!(scheme.as_str(), "http" | "https") => {
            let inside = address.strip_prefix(place.site()).filter(|inside| is_attached(inside));
            inside.map_or(Picture::Away(address.clone()), |inside| Picture::Here(inside.to_owned()))
        }
        Form::Path { path, .. } => {
            let inside = resolve(place.folder(), path).filter(|inside| !inside.is_empty());
            inside.and_then(|inside| own(place.image(&inside))).map_or(Picture::Nowhere, Picture::Here)
        }
        Form::Site | Form::Scheme(_) | Form::Fragment(_) => Picture::Nowhere,
    }
}

/// Whether an address within this hub is that of something attached to a comment.
fn is_attached(address: &str) -> bool {
    let id = address.strip_prefix("/uploads/").unwrap_or_default();
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A picture within the text: raster formats alone, since the others are programs.
pub(super) fn data_image(address: &str) -> Option<&str> {
    let (kind, data) = address.strip_prefix("data:image/")?.split_once(";base64,")?;
    let raster = matches!(kind, "png" | "jpeg" | "gif" | "webp" | "avif");
    let small = data.len() / 4 * 3 <= limits::DATA_IMAGE_BYTES_MAX;
    (raster && small && STANDARD.decode(data).is_ok()).then_some(address)
}

/// An address within this hub, and nothing else.
fn own(url: String) -> Option<String> {
    (url.starts_with('/') && !url.starts_with("//")).then_some(url)
}

/// A path of the repo from one that is relative to `folder`; `..` at the root stays there. `None` if it could name no
/// file.
fn resolve(folder: &str, path: &str) -> Option<String> {
    let path = percent_decode(path)?;
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    let fits = path.len() <= limits::PATH_BYTES_MAX && parts.len() <= limits::PATH_DEPTH_MAX;
    (fits && !path.contains(|c: char| c.is_control() || c == '\\')).then_some(path)
}

fn percent_decode(path: &str) -> Option<String> {
    if !path.contains('%') {
        return Some(path.to_owned());
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let pair = more.get(..2).filter(|_| *first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair.filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match byte.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = more.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

fn is_markdown(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("md"))
}

/// The address of a place in a rendered text.
fn anchor(fragment: &str) -> String {
    let name = percent_decode(fragment).unwrap_or_default();
    id(&name).map_or_else(|| "#".to_owned(), |id| format!("#{id}"))
}

/// The id for a name that a text gives; `None` if nothing of the name can stand.
pub(super) fn id(name: &str) -> Option<String> {
    let name = word(name);
    (!name.is_empty()).then(|| format!("{ID_PREFIX}{name}"))
}

fn word(name: &str) -> String {
    let name = decode(name);
    let kept = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'));
    let mut kept: String = kept.collect();
    kept.truncate(kept.floor_char_boundary(ID_BYTES_MAX));
    kept
}
