//! Byte grouping by four: all first bytes of every four, then all second ones, and so on, so that the exponents of
//! floats come to lie together and compress (Xet protocol, "byte grouping").

/// The lengths of the four groups of `len` bytes: what is left over goes to the first groups.
fn lens(len: usize) -> [usize; 4] {
    [len.div_ceil(4), (len + 2) / 4, (len + 1) / 4, len / 4]
}

/// Cuts grouped bytes into their four groups.
fn groups(bytes: &[u8]) -> [&[u8]; 4] {
    let [a, b, c, _] = lens(bytes.len());
    let (first, rest) = bytes.split_at(a);
    let (second, rest) = rest.split_at(b);
    let (third, fourth) = rest.split_at(c);
    [first, second, third, fourth]
}

/// Puts `raw` into four groups. `out` is replaced.
pub(super) fn split(raw: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.resize(raw.len(), 0);
    let [a, b, c, _] = lens(raw.len());
    let (first, rest) = out.split_at_mut(a);
    let (second, rest) = rest.split_at_mut(b);
    let (third, fourth) = rest.split_at_mut(c);
    let (fours, tail) = raw.as_chunks::<4>();
    for ((((four, one), two), three), last) in
        fours.iter().zip(first.iter_mut()).zip(second.iter_mut()).zip(third.iter_mut()).zip(fourth)
    {
        [*one, *two, *three, *last] = *four;
    }
    for (byte, group) in tail.iter().zip([first, second, third]) {
        if let Some(end) = group.last_mut() {
            *end = *byte;
        }
    }
}

/// The inverse of [`split`]: fills `out`, of the same length as `grouped`.
pub(super) fn join(grouped: &[u8], out: &mut [u8]) {
    let [first, second, third, fourth] = groups(grouped);
    let (fours, tail) = out.as_chunks_mut::<4>();
    for ((((four, one), two), three), last) in fours.iter_mut().zip(first).zip(second).zip(third).zip(fourth)
    {
        *four = [*one, *two, *three, *last];
    }
    for (byte, group) in tail.iter_mut().zip([first, second, third]) {
        if let Some(end) = group.last() {
            *byte = *end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_back() {
        let mut grouped = Vec::new();
        split(b"abcdABCD12", &mut grouped);
        assert_eq!(grouped, b"aA1bB2cCdD");
        for len in 0..40u8 {
            let raw: Vec<u8> = (0..len).collect();
            split(&raw, &mut grouped);
            let by_hand: Vec<u8> = (0..4).flat_map(|k| raw.iter().skip(k).step_by(4).copied()).collect();
            assert_eq!(grouped, by_hand);
            let mut back = vec![0; raw.len()];
            join(&grouped, &mut back);
            assert_eq!(back, raw);
        }
    }
}
