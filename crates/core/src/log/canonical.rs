//! JSON of which there is one spelling (RFC 8785), for what is hashed: as far as entries need it, so with no fractions.

use serde_json::Value;

/// Integers beyond this one are not the same to every reader of JSON.
const INTEGER_MAX: u64 = 1 << 53;
/// Values within values.
const DEPTH_MAX: usize = 16;

/// The one spelling of a value: no space, keys in the order of their UTF-16, the shortest escapes. `None` for fractions, for
/// integers of 2^53 and more, and for what is nested too deep.
pub fn canonical(value: &Value) -> Option<String> {
    let mut text = String::new();
    write(value, DEPTH_MAX, &mut text)?;
    Some(text)
}

fn write(value: &Value, depth: usize, out: &mut String) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => {
            let small = number.as_i64().filter(|number| number.unsigned_abs() < INTEGER_MAX)?;
            out.push_str(&small.to_string());
        }
        Value::String(text) => quoted(text, out),
        Value::Array(all) => {
            out.push('[');
            for (n, one) in all.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(one, depth, out)?;
            }
            out.push(']');
        }
        Value::Object(all) => {
            let mut keys: Vec<&String> = all.keys().collect();
            keys.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (n, key) in keys.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                quoted(key, out);
                out.push(':');
                write(&all[key], depth, out)?;
            }
            out.push('}');
        }
    }
    Some(())
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            letter if letter < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn one_spelling() {
        // Keys and letters as in RFC 8785, 3.2.2 and 3.2.3.
        let value: Value = serde_json::from_str(
            r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
                "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}"#,
        )
        .unwrap();
        let text = canonical(&value).unwrap();
        let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        let places: Vec<usize> = order.iter().map(|word| text.find(word).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
        let value = json!({"b": [1, -1, 0, true, null], "a": "\u{20ac}$\u{f}\nA'B\"\\\\\"/"});
        assert_eq!(
            canonical(&value).unwrap(),
            "{\"a\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\",\"b\":[1,-1,0,true,null]}"
        );
        for bad in [json!(1.5), json!(1_u64 << 53), json!(-(1_i64 << 53)), json!(u64::MAX)] {
            assert_eq!(canonical(&bad), None, "{bad}");
        }
        let deep = (0..20).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(canonical(&deep), None);
    }

    proptest! {
        #[test]
        fn it_is_read_as_what_it_was(text: String, number in -(1_i64 << 53) + 1..1 << 53, key: String) {
            let value = json!({ key: [text, number] });
            let spelled = canonical(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&spelled).unwrap(), value.clone());
            prop_assert_eq!(canonical(&value).unwrap(), spelled);
        }
    }
}
