//! What is owed as a file for a bank: customer credit transfers by ISO 20022, pain.001.001.09. Who is paid and where is told by
//! whoever makes the payments, and is not kept.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Book;
use super::account::Account;
use crate::time::Time;

/// Letters of a message's id and of a payment's (`Max35Text`), of a name (`Max140Text`).
const ID_CHARS_MAX: usize = 35;
const NAME_CHARS_MAX: usize = 140;

/// Somebody who is paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payee {
    /// Their name, as their bank knows it.
    pub name: String,
    /// Their account.
    pub iban: String,
}

/// Who pays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payer {
    /// Their name, as their bank knows it.
    pub name: String,
    /// Their account.
    pub iban: String,
    /// Up to 35 letters that no other message of theirs has.
    pub message: String,
}

/// Why there is no such file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadPayment {
    /// Nobody is owed anything.
    #[error("nobody is owed anything")]
    Nothing,
    /// Somebody is owed and not among the payees.
    #[error("{0:?} is owed and is not among the payees")]
    Unknown(String),
    /// It is no account.
    #[error("{0:?} is no IBAN: its check digits are not right")]
    Iban(String),
    /// A name or an id cannot be one.
    #[error("{0}")]
    Words(String),
}

/// An IBAN without its spaces, if its check digits are right (ISO 13616, mod 97).
fn iban(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let bytes = plain.as_bytes();
    let fits = (15..=34).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit);
    if !fits {
        return None;
    }
    let rest = bytes[4..].iter().chain(&bytes[..4]).fold(0_u32, |rest, byte| {
        let value = char::from(*byte).to_digit(36).unwrap_or_default();
        (rest * if value < 10 { 10 } else { 100 } + value) % 97
    });
    (rest == 1).then_some(plain)
}

/// A file with a payment for each who is owed something that is free. `day` is when they are to be made, `now` when it was written.
///
/// # Errors
/// [`BadPayment`], with what is wrong.
pub fn payments(
    book: &Book,
    payer: &Payer,
    payees: &BTreeMap<String, Payee>,
    day: Time,
    now: Time,
) -> Result<String, BadPayment> {
    let owed: Vec<(&str, u64)> = book
        .balances()
        .filter_map(|(account, balance)| match account {
            Account::Payable(who) => Some((who.as_str(), balance.posted - balance.reserved)),
            _ => None,
        })
        .filter(|(_, owed)| *owed > 0)
        .collect();
    if owed.is_empty() {
        return Err(BadPayment::Nothing);
    }
    let currency = book.currency();
    let sum = currency.amount(owed.iter().map(|(_, owed)| owed).sum());
    let (count, message) = (owed.len(), id(&payer.message)?);
    let (name, account) = (named(&payer.name)?, account(&payer.iban)?);
    let created: String = now.to_string().chars().take(19).collect();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\">\n<CstmrCdtTrfInitn>\n\
         <GrpHdr><MsgId>{message}</MsgId><CreDtTm>{created}</CreDtTm><NbOfTxs>{count}</NbOfTxs><CtrlSum>{sum}</CtrlSum>\
         <InitgPty><Nm>{name}</Nm></InitgPty></GrpHdr>\n\
         <PmtInf><PmtInfId>{message}</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>{count}</NbOfTxs><CtrlSum>{sum}</CtrlSum>\
         <ReqdExctnDt><Dt>{}</Dt></ReqdExctnDt><Dbtr><Nm>{name}</Nm></Dbtr>\
         <DbtrAcct><Id><IBAN>{account}</IBAN></Id></DbtrAcct>\
         <DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>\n",
        day.day()
    );
    for (n, (who, owed)) in owed.into_iter().enumerate() {
        let payee = payees.get(who).ok_or_else(|| BadPayment::Unknown(who.to_owned()))?;
        let _ = writeln!(
            out,
            "<CdtTrfTxInf><PmtId><EndToEndId>{}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"{}\">{}</InstdAmt></Amt>\
             <Cdtr><Nm>{}</Nm></Cdtr><CdtrAcct><Id><IBAN>{}</IBAN></Id></CdtrAcct>\
             <RmtInf><Ustrd>{}</Ustrd></RmtInf></CdtTrfTxInf>",
            n + 1,
            currency.code(),
            currency.amount(owed),
            named(&payee.name)?,
            self::account(&payee.iban)?,
            xml(&who.chars().take(NAME_CHARS_MAX).collect::<String>()),
        );
    }
    out.push_str("</PmtInf>\n</CstmrCdtTrfInitn>\n</Document>\n");
    Ok(out)
}

fn account(text: &str) -> Result<String, BadPayment> {
    iban(text).ok_or_else(|| BadPayment::Iban(text.to_owned()))
}

fn id(text: &str) -> Result<String, BadPayment> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-".contains(&byte);
    match !text.is_empty() && text.len() <= ID_CHARS_MAX && text.bytes().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(BadPayment::Words(format!(
            "a message is known by up to 35 letters, digits and '-', not {text:?}"
        ))),
    }
}

fn named(text: &str) -> Result<String, BadPayment> {
    let chars = text.chars().count();
    match (1..=NAME_CHARS_MAX).contains(&chars) && !text.chars().any(char::is_control) {
        true => Ok(xml(text)),
        false => Err(BadPayment::Words(format!("a name has 1 to {NAME_CHARS_MAX} characters, not {chars}"))),
    }
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
