//! The spelling of access tokens: a prefix that scanners know, 30 random characters, and a checksum, so that a typo or
//! a stray text is told apart from a token without asking the database.

/// What personal access tokens begin with.
pub const PERSONAL: &str = "scn_p_";
/// What a browser's session begins with.
pub const SESSION: &str = "scn_b_";
/// What the secrets of links that are good once begin with.
pub const LINK: &str = "scn_l_";
/// Random characters, at 5.95 bits each: 178 bits.
pub const RANDOM_CHARS: usize = 30;
/// Characters of the checksum.
pub const CHECK_CHARS: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token from random bytes. Bytes of 248 and above are passed over, so that every character is equally likely; `None`
/// when too few are left.
pub fn render(prefix: &str, random: &[u8]) -> Option<String> {
    let usable = random.iter().filter(|byte| **byte < 248);
    let body: String =
        usable.take(RANDOM_CHARS).map(|byte| char::from(BASE62[usize::from(byte % 62)])).collect();
    (body.len() == RANDOM_CHARS).then(|| format!("{prefix}{body}{}", check(&body)))
}

/// Whether a text that has our prefix also has the right length and checksum. Texts with other prefixes pass: tokens
/// made elsewhere may have been taken over.
pub fn may_be_token(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("scn_") else {
        return true;
    };
    let Some((_, rest)) = rest.split_once('_') else {
        return false;
    };
    is_checked(rest)
}

/// Whether a text is so many random characters, and their checksum.
pub fn is_checked(text: &str) -> bool {
    text.is_ascii()
        && text.len() == RANDOM_CHARS + CHECK_CHARS
        && check(&text[..RANDOM_CHARS]) == text[RANDOM_CHARS..]
}

/// CRC-32 in base 62, most significant digit first.
fn check(body: &str) -> String {
    let mut left = crc32(body.as_bytes());
    let mut digits = [b'0'; CHECK_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(left % 62) as usize];
        left /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// CRC-32 as in IEEE 802.3, bit by bit: a few dozen bytes a token need no table.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn the_standard_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_changed_character_is_noticed() {
        let token = render(PERSONAL, &[0xff, 7].repeat(40)).unwrap();
        assert_eq!(token.len(), PERSONAL.len() + RANDOM_CHARS + CHECK_CHARS);
        assert!(may_be_token(&token));
        assert!(!may_be_token(&token.replacen('7', "8", 1)));
        assert!(!may_be_token("scn_p_") && !may_be_token("scn_") && !may_be_token("scn_p_é"));
        assert!(may_be_token("hf_anything"));
        assert!(render(PERSONAL, &[255; 100]).is_none());
    }
}
