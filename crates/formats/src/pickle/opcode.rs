//! The 68 opcodes of pickles, protocols 0 to 5, as CPython's `pickletools` documents them: what stands behind each.

/// What stands behind an opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Argument {
    Nothing,
    /// So many bytes.
    Fixed(u8),
    /// So many lines, each to its line end.
    Lines(u8),
    /// A number of so many bytes, little-endian, and as many bytes as it says.
    Counted(u8),
}

/// What stands behind an opcode; none for a byte that is no opcode.
pub(super) fn argument(op: u8) -> Option<Argument> {
    Some(match op {
        b'('
        | b'.'
        | b'0'
        | b'1'
        | b'2'
        | b'N'
        | b'Q'
        | b'R'
        | b'a'
        | b'b'
        | b'd'
        | b'}'
        | b'e'
        | b'l'
        | b']'
        | b'o'
        | b's'
        | b't'
        | b')'
        | b'u'
        | 0x81
        | 0x85..=0x89
        | 0x8f..=0x94
        | 0x97
        | 0x98 => Argument::Nothing,
        b'K' | b'h' | b'q' | 0x80 | 0x82 => Argument::Fixed(1),
        b'M' | 0x83 => Argument::Fixed(2),
        b'J' | b'j' | b'r' | 0x84 => Argument::Fixed(4),
        b'G' | 0x95 => Argument::Fixed(8),
        b'F' | b'I' | b'L' | b'P' | b'S' | b'V' | b'g' | b'p' => Argument::Lines(1),
        b'c' | b'i' => Argument::Lines(2),
        b'C' | b'U' | 0x8a | 0x8c => Argument::Counted(1),
        b'B' | b'T' | b'X' | 0x8b => Argument::Counted(4),
        0x8d | 0x8e | 0x96 => Argument::Counted(8),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_python_has() {
        assert_eq!((0..=255).filter(|op| argument(*op).is_some()).count(), 68);
    }
}
