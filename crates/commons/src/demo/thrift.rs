//! Writes structs of the Thrift compact protocol: as much of it as Parquet's metadata needs.

/// The type nibbles of the protocol that are used here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A 32-bit integer.
    I32 = 5,
    /// A 64-bit integer.
    I64 = 6,
    /// Bytes or text.
    Binary = 8,
    /// A list.
    List = 9,
    /// A struct.
    Struct = 12,
}

/// The fields of a struct, added in rising order of their ids.
pub(super) struct Fields {
    bytes: Vec<u8>,
    last: u8,
}

impl Fields {
    /// No fields yet.
    pub(super) fn new() -> Fields {
        Fields { bytes: Vec::new(), last: 0 }
    }

    /// A field's head: the step from the field before it and the type in one byte. Steps are at most 15 here.
    fn head(&mut self, id: u8, kind: Kind) {
        debug_assert!(id > self.last && id - self.last < 16, "fields rise in small steps");
        self.bytes.push((id - self.last) << 4 | kind as u8);
        self.last = id;
    }

    /// Adds a 32-bit integer.
    pub(super) fn i32(mut self, id: u8, value: i64) -> Fields {
        self.head(id, Kind::I32);
        self.bytes.extend(Fields::number(value));
        self
    }

    /// Adds a 64-bit integer.
    pub(super) fn i64(mut self, id: u8, value: i64) -> Fields {
        self.head(id, Kind::I64);
        self.bytes.extend(Fields::number(value));
        self
    }

    /// Adds a text.
    pub(super) fn text(mut self, id: u8, value: &str) -> Fields {
        self.head(id, Kind::Binary);
        self.bytes.extend(Fields::bytes(value));
        self
    }

    /// Adds a struct.
    pub(super) fn record(mut self, id: u8, fields: Fields) -> Fields {
        self.head(id, Kind::Struct);
        self.bytes.extend(fields.finish());
        self
    }

    /// Adds a list of items that are already encoded: [`Fields::finish`], [`Fields::number`] or [`Fields::bytes`].
    pub(super) fn list(mut self, id: u8, kind: Kind, items: &[Vec<u8>]) -> Fields {
        self.head(id, Kind::List);
        match items.len() {
            short @ 0..15 => self.bytes.push((short as u8) << 4 | kind as u8),
            long => {
                self.bytes.push(0xf0 | kind as u8);
                self.bytes.extend(varint(long as u64));
            }
        }
        self.bytes.extend(items.concat());
        self
    }

    /// The struct's bytes, with the stop that ends it.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }

    /// An integer as it stands in a list: zigzag, then base 128. Both widths are spelled alike.
    pub(super) fn number(value: i64) -> Vec<u8> {
        varint((value << 1 ^ value >> 63) as u64)
    }

    /// A text as it stands in a list.
    pub(super) fn bytes(value: &str) -> Vec<u8> {
        let mut bytes = varint(value.len() as u64);
        bytes.extend(value.as_bytes());
        bytes
    }
}

/// Base 128, least significant first.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelled_as_the_protocol_says() {
        assert_eq!(Fields::number(-1), [1]);
        assert_eq!(Fields::number(63), [126]);
        assert_eq!(Fields::number(150), [0xac, 2]);
        assert_eq!(Fields::number(i64::MIN).len(), 10);
        let inner = Fields::new().text(4, "ab");
        assert_eq!(
            Fields::new().i32(1, 1).record(10, inner).finish(),
            [0x15, 2, 0x9c, 0x48, 2, b'a', b'b', 0, 0]
        );
        let long = vec![Fields::number(0); 16];
        assert_eq!(Fields::new().list(1, Kind::I32, &long).finish()[..3], [0x19, 0xf5, 16]);
    }
}
