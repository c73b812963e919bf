//! Currencies, and amounts as people write them.

use serde::{Deserialize, Serialize};

/// A currency: amounts are whole minor units of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "(String, u8)", into = "(String, u8)")]
pub struct Currency {
    code: String,
    digits: u8,
}

impl Currency {
    /// Three capital letters (ISO 4217) and how many digits stand behind the point.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(code: &str, digits: u8) -> Result<Currency, String> {
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("a currency is three capital letters such as EUR, not {code:?}"));
        }
        match digits {
            0..=6 => Ok(Currency { code: code.to_owned(), digits }),
            _ => Err(format!("a currency has up to 6 digits behind the point, not {digits}")),
        }
    }

    /// How many digits stand behind the point of a currency (ISO 4217): two for most.
    pub fn usual_digits(code: &str) -> u8 {
        match code {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }

    /// Its three letters.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// How many digits stand behind the point.
    pub fn digits(&self) -> u8 {
        self.digits
    }

    /// An amount of minor units in whole ones, as programs read it: `12000.05`.
    pub fn amount(&self, minor: u64) -> String {
        let unit = 10_u64.pow(self.digits.into());
        match self.digits {
            0 => minor.to_string(),
            digits => format!("{}.{:0width$}", minor / unit, minor % unit, width = usize::from(digits)),
        }
    }

    /// The same for people to read: `12,000.05`.
    pub fn spelled(&self, minor: u64) -> String {
        let plain = self.amount(minor);
        let whole = plain.split('.').next().unwrap_or_default().len();
        let mut spelled = String::new();
        for (n, letter) in plain.chars().enumerate() {
            if n > 0 && n < whole && (whole - n).is_multiple_of(3) {
                spelled.push(',');
            }
            spelled.push(letter);
        }
        spelled
    }

    /// Reads an amount in whole units, such as `12`, `12.5` or `12.05`, as minor units.
    pub fn minor(&self, text: &str) -> Option<u64> {
        let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = usize::from(self.digits);
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || part.len() > digits || !is_number(whole) || !is_number(part) {
            return None;
        }
        format!("{whole}{part:0<digits$}").parse().ok()
    }
}

impl TryFrom<(String, u8)> for Currency {
    type Error = String;

    fn try_from((code, digits): (String, u8)) -> Result<Currency, String> {
        Currency::new(&code, digits)
    }
}

impl From<Currency> for (String, u8) {
    fn from(currency: Currency) -> (String, u8) {
        (currency.code, currency.digits)
    }
}
