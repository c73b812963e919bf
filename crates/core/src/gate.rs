//! What whoever asks for the files of a gated repo is asked: the form that its card describes (`extra_gated_…`, as the Hub has it).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::card::Metadata;

/// Fields of a form.
const FIELDS_MAX: usize = 30;
/// Options of a field.
const OPTIONS_MAX: usize = 300;
/// Characters of a field's name, an option or a heading.
const NAME_CHARS_MAX: usize = 300;
/// Characters of the text above the form.
const PROMPT_CHARS_MAX: usize = 10_000;
/// Characters of an answer.
const ANSWER_CHARS_MAX: usize = 1_000;

/// What kind of answer a field wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wants {
    /// A line of text; countries too.
    Text,
    /// A tick, which has to be there.
    Tick,
    /// A day: `2026-01-31`.
    Day,
    /// One of these.
    One(Vec<String>),
}

/// A field of the form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// What it is called; answers go by it.
    pub name: String,
    /// What it wants.
    pub wants: Wants,
}

/// The form.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Form {
    /// What stands above all; empty for the usual.
    pub heading: String,
    /// What one reads before one asks.
    pub prompt: String,
    /// More of that.
    pub description: String,
    /// What the button says; empty for the usual.
    pub button: String,
    /// What is asked.
    pub fields: Vec<Field>,
}

/// Why answers are none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{text}")]
pub struct BadAnswer {
    /// Which field.
    pub field: usize,
    /// What is wrong, and what to do.
    pub text: String,
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

impl Form {
    /// As a card has it; what cannot be read is left out.
    pub fn of(card: &Metadata) -> Form {
        let text =
            |key: &str, most| cut(card.get(key).and_then(Value::as_str).unwrap_or_default().trim(), most);
        let fields = card.get("extra_gated_fields").and_then(Value::as_object);
        let fields = fields
            .into_iter()
            .flatten()
            .take(FIELDS_MAX)
            .map(|(name, wants)| Field { name: cut(name, NAME_CHARS_MAX), wants: self::wants(wants) });
        Form {
            heading: text("extra_gated_heading", NAME_CHARS_MAX),
            prompt: text("extra_gated_prompt", PROMPT_CHARS_MAX),
            description: text("extra_gated_description", PROMPT_CHARS_MAX),
            button: text("extra_gated_button_content", NAME_CHARS_MAX),
            fields: fields.filter(|field| !field.name.is_empty()).collect(),
        }
    }

    /// Answers to what it asks, by the fields' names; others are left out.
    ///
    /// # Errors
    /// [`BadAnswer`] for the first field that is not answered as it wants.
    pub fn answers(&self, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, Value>, BadAnswer> {
        let mut all = BTreeMap::new();
        for (n, field) in self.fields.iter().enumerate() {
            let answer = given.get(&field.name).map(|text| text.trim()).unwrap_or_default();
            let bad = |text: String| BadAnswer { field: n, text };
            if answer.is_empty() {
                return Err(bad(format!("{:?} is not answered", field.name)));
            }
            let value = match &field.wants {
                Wants::Tick if ["on", "true"].contains(&answer) => Value::Bool(true),
                Wants::Tick => return Err(bad(format!("{:?} has to be agreed to", field.name))),
                Wants::One(options) if !options.iter().any(|option| option == answer) => {
                    return Err(bad(format!("{:?} is one of its options", field.name)));
                }
                Wants::Day if !is_day(answer) => {
                    return Err(bad(format!("{:?} is a day, such as 2026-01-31", field.name)));
                }
                _ if answer.chars().count() > ANSWER_CHARS_MAX => {
                    return Err(bad(format!(
                        "{:?} is answered in {ANSWER_CHARS_MAX} characters",
                        field.name
                    )));
                }
                _ => Value::String(answer.to_owned()),
            };
            all.insert(field.name.clone(), value);
        }
        Ok(all)
    }
}

fn wants(value: &Value) -> Wants {
    let kind = value.as_str().or_else(|| value["type"].as_str()).unwrap_or_default();
    match kind {
        "checkbox" => Wants::Tick,
        "date_picker" => Wants::Day,
        "select" => {
            let options = value["options"].as_array().into_iter().flatten().take(OPTIONS_MAX);
            let named =
                |option: &Value| option.as_str().or_else(|| option["value"].as_str()).map(str::to_owned);
            Wants::One(options.filter_map(named).map(|option| cut(&option, NAME_CHARS_MAX)).collect())
        }
        _ => Wants::Text,
    }
}

fn is_day(text: &str) -> bool {
    let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text.split('-').collect::<Vec<_>>()[..], [year, month, day]
        if digits(year, 4) && digits(month, 2) && digits(day, 2)
            && ("01"..="12").contains(&month) && ("01"..="31").contains(&day))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;
    use crate::card;

    const CARD: &str = "
extra_gated_prompt: Read this first.
extra_gated_button_content: Ask
extra_gated_fields:
  Company: text
  Born: date_picker
  I will be good: checkbox
  Use:
    type: select
    options: [Research, {label: Other things, value: other}]
";

    fn given(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        all.iter().map(|(name, answer)| ((*name).to_owned(), (*answer).to_owned())).collect()
    }

    #[test]
    fn a_form_is_read_and_answered() {
        let form = Form::of(&card::metadata(CARD).unwrap());
        assert_eq!(
            (form.prompt.as_str(), form.button.as_str(), form.fields.len()),
            ("Read this first.", "Ask", 4)
        );
        let one = form.fields.iter().find(|field| field.name == "Use").unwrap();
        assert_eq!(one.wants, Wants::One(vec!["Research".into(), "other".into()]));
        let good = given(&[
            ("Company", " Acme "),
            ("Born", "2000-02-29"),
            ("I will be good", "on"),
            ("Use", "other"),
            ("x", "y"),
        ]);
        let answers = form.answers(&good).unwrap();
        assert_eq!(
            (&answers["Company"], &answers["I will be good"], answers.len()),
            (&"Acme".into(), &true.into(), 4)
        );
        for (name, bad) in [
            ("Company", ""),
            ("Company", "x".repeat(2000).as_str()),
            ("Born", "29.2.2000"),
            ("Born", "2000-13-01"),
            ("I will be good", "no"),
            ("Use", "evil"),
        ] {
            let mut all = good.clone();
            all.insert(name.into(), bad.into());
            let error = form.answers(&all).unwrap_err();
            assert_eq!(form.fields[error.field].name, name);
        }
    }

    #[test]
    fn a_form_of_nonsense() {
        let form =
            Form::of(&card::metadata("extra_gated_fields: [1, 2]\nextra_gated_prompt: {a: 1}").unwrap());
        assert_eq!(form, Form::default());
        assert_eq!(form.answers(&BTreeMap::new()).unwrap(), BTreeMap::new());
    }
}
