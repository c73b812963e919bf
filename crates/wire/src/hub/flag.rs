//! Booleans as the clients write them.

/// `true`, `True`, `1` and the like; `None` for anything that is no boolean. Client generations differ (Hub protocol).
pub fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" | "" => Some(false),
        _ => None,
    }
}
