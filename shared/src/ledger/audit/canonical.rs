//! JSON in its one form, as RFC 8785 (JCS) has it: sorted keys, no spaces. Whole numbers keep all their digits.

use serde_json::{Map, Number, Value};

/// Writes `value` in its one form.
pub(super) fn write(value: &Value, into: &mut String) {
    match value {
        Value::Null => into.push_str("null"),
        Value::Bool(truth) => into.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => write_number(number, into),
        Value::String(text) => write_text(text, into),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                into.push(if place == 0 { '[' } else { ',' });
                write(item, into);
            }
            into.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Value::Object(members) => write_object(members, into),
    }
}

/// Writes a text with the escapes of RFC 8785, section 3.2.2.2, which are those of serde_json.
pub(super) fn write_text(text: &str, into: &mut String) {
    into.push_str(&Value::from(text).to_string());
}

fn write_object(members: &Map<String, Value>, into: &mut String) {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    for (place, (key, value)) in sorted.iter().enumerate() {
        into.push(if place == 0 { '{' } else { ',' });
        write_text(key, into);
        into.push(':');
        write(value, into);
    }
    into.push_str(if sorted.is_empty() { "{}" } else { "}" });
}

/// ECMAScript's shortest form (ECMA-262, Number::toString).
fn write_number(number: &Number, into: &mut String) {
    let text = match number.as_f64() {
        Some(value) if number.is_f64() => match value.abs() {
            0.0 => "0".to_owned(),
            size if (1e-6..1e21).contains(&size) => value.to_string(),
            _ => {
                let text = format!("{value:e}");
                if text.contains("e-") { text } else { text.replace('e', "e+") }
            }
        },
        _ => number.to_string(),
    };
    into.push_str(&text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn canonical(value: &Value) -> String {
        let mut text = String::new();
        write(value, &mut text);
        text
    }

    /// The examples of RFC 8785, sections 3.2.2 and 3.2.3.
    #[test]
    fn the_examples_of_the_standard_come_out_as_it_says() {
        // Written as in the standard, with more digits than a number has.
        let first: Value = serde_json::from_str("333333333.33333329").unwrap();
        let value = json!({
            "numbers": [first, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u{20ac}$\u{000F}\u{000a}A'\u{0042}\u{0022}\u{005c}\\\"/",
            "literals": [null, true, false],
        });
        let expected = "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
                        \"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
        assert_eq!(canonical(&value), expected);
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        let text = canonical(&value);
        let places: Vec<usize> = order.iter().map(|name| text.find(name).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn numbers_have_the_form_of_ecmascript() {
        for (value, text) in [
            (json!(-0.0), "0"),
            (json!(1.0), "1"),
            (json!(1e21), "1e+21"),
            (json!(1e20), "100000000000000000000"),
            (json!(0.000001), "0.000001"),
            (json!(0.0000001), "1e-7"),
            (json!(5e-324), "5e-324"),
            (json!(u64::MAX), "18446744073709551615"),
            (json!([]), "[]"),
            (json!({}), "{}"),
        ] {
            assert_eq!(canonical(&value), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_read_again_has_the_same_form(number in any::<f64>(), text in "\\PC{0,20}", whole in any::<i64>()) {
            let value = json!({ "b": number, text: [whole, { "z": 1, "a": "\u{1}" }] });
            let once = canonical(&value);
            prop_assert_eq!(canonical(&serde_json::from_str(&once).unwrap()), once);
        }
    }
}
