//! The opaque text that leads to the next page of a list.

use uuid::Uuid;

const VERSION: u8 = 1;

/// The cursor behind the last item of a page.
pub(crate) fn encode(last: Uuid) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(last.as_bytes());
    hex::encode(bytes)
}

/// The item a cursor stands behind; `None` for a text that is none of ours.
pub(crate) fn decode(cursor: &str) -> Option<Uuid> {
    let bytes = hex::decode(cursor).ok()?;
    let (version, id) = bytes.split_first()?;
    (*version == VERSION).then(|| Uuid::from_slice(id).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_item() {
        let id = Uuid::now_v7();
        assert_eq!(decode(&encode(id)), Some(id));
    }

    #[test]
    fn other_texts_are_no_cursors() {
        let id = Uuid::now_v7();
        let other_version = format!("02{}", id.simple());
        for text in ["", "1", "zz", "01", &encode(id)[..20], &other_version, &id.to_string()] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
