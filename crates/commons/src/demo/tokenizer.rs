//! A real byte-level BPE tokenizer, learned from a few demo texts and written as `tokenizer.json`.

use std::collections::BTreeMap;

/// Entries of the vocabulary at most; the demo model's embedding has room for more.
const VOCABULARY_MAX: usize = 1024;
/// Tokens that stand for no text. Their places in the list are their ids.
pub(super) const SPECIAL: [&str; 3] = ["<|begin|>", "<|end|>", "<|pad|>"];

/// A vocabulary, in the order of ids, and the merges that lead to it, best first.
pub(super) struct Tokenizer {
    vocabulary: Vec<String>,
    merges: Vec<(u32, u32)>,
}

/// A word of the texts: its symbols, and how often it occurs.
struct Word {
    symbols: Vec<u32>,
    count: i64,
}

/// The letter that stands for a byte in byte-level vocabularies: printable Latin-1 is itself, all others follow from
/// U+0100 on (the table of GPT-2, which the `ByteLevel` pre-tokenizer uses).
fn letters() -> Vec<char> {
    let printable = |byte: u8| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let mut others = '\u{100}'..='\u{1ff}';
    (0..=255u8)
        .map(|byte| if printable(byte) { char::from(byte) } else { others.next().unwrap_or('\u{100}') })
        .collect()
}

/// Cuts a text where the pre-tokenizer will cut it, near enough for learning: runs of letters, digits or signs, each
/// with the space before it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let class = |byte: u8| match byte {
        b' ' => 0,
        b'\n' => 1,
        b'0'..=b'9' => 2,
        b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => 3,
        _ => 4,
    };
    let bytes = text.as_bytes();
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = *bytes.get(start)?;
        let body = start + usize::from(first == b' ');
        let kind = bytes.get(body).map_or(0, |byte| class(*byte));
        let run = bytes.iter().skip(body).take_while(|byte| class(**byte) == kind).count();
        let end = body + run;
        let word = text.get(start..end);
        start = end;
        word
    })
}

impl Tokenizer {
    /// Learns from texts by byte pair encoding: again and again the most frequent pair of neighbours becomes a token;
    /// of equally frequent ones the lowest pair of ids. Ends when no pair occurs twice or the vocabulary is full.
    pub(super) fn learn<'a>(texts: impl Iterator<Item = &'a str>) -> Tokenizer {
        let first_byte = SPECIAL.len() as u32;
        let mut vocabulary: Vec<String> = SPECIAL.iter().map(|token| (*token).to_owned()).collect();
        vocabulary.extend(letters().into_iter().map(String::from));
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        texts.flat_map(words).for_each(|word| *counts.entry(word).or_default() += 1);
        let mut words: Vec<Word> = counts
            .into_iter()
            .map(|(word, count)| Word {
                symbols: word.bytes().map(|b| first_byte + u32::from(b)).collect(),
                count,
            })
            .collect();
        let mut pairs: BTreeMap<(u32, u32), i64> = BTreeMap::new();
        words.iter().for_each(|word| count_pairs(&mut pairs, word, 1));
        let mut ids: BTreeMap<String, u32> =
            (0..).zip(&vocabulary).map(|(id, token)| (token.clone(), id)).collect();
        let mut merges = Vec::new();
        while vocabulary.len() < VOCABULARY_MAX {
            let Some((&pair, &count)) = pairs.iter().min_by_key(|(pair, count)| (-**count, **pair)) else {
                break;
            };
            if count < 2 {
                break;
            }
            let token = format!("{}{}", vocabulary[pair.0 as usize], vocabulary[pair.1 as usize]);
            // Two ways to one text must lead to one id: the file format maps texts to ids.
            let id = *ids.entry(token.clone()).or_insert_with(|| {
                vocabulary.push(token);
                vocabulary.len() as u32 - 1
            });
            merges.push(pair);
            for word in
                words.iter_mut().filter(|word| word.symbols.windows(2).any(|two| two == [pair.0, pair.1]))
            {
                count_pairs(&mut pairs, word, -1);
                merge(&mut word.symbols, pair, id);
                count_pairs(&mut pairs, word, 1);
            }
            pairs.retain(|_, count| *count > 0);
        }
        Tokenizer { vocabulary, merges }
    }

    /// How many tokens a text has.
    pub(super) fn count(&self, text: &str) -> usize {
        let ids: BTreeMap<&str, u32> =
            (0..).zip(&self.vocabulary).map(|(id, token)| (token.as_str(), id)).collect();
        let joined = |pair: &(u32, u32)| {
            let token = format!("{}{}", self.vocabulary[pair.0 as usize], self.vocabulary[pair.1 as usize]);
            ids.get(token.as_str()).copied()
        };
        let ranks: BTreeMap<(u32, u32), (usize, Option<u32>)> =
            self.merges.iter().enumerate().map(|(rank, pair)| (*pair, (rank, joined(pair)))).collect();
        let first_byte = SPECIAL.len() as u32;
        words(text)
            .map(|word| {
                let mut symbols: Vec<u32> = word.bytes().map(|byte| first_byte + u32::from(byte)).collect();
                loop {
                    let known = symbols.windows(2).filter_map(|two| {
                        let pair = (two[0], two[1]);
                        let (rank, id) = ranks.get(&pair)?;
                        Some((*rank, pair, (*id)?))
                    });
                    let Some((_, pair, id)) = known.min() else { break };
                    merge(&mut symbols, pair, id);
                }
                symbols.len()
            })
            .sum()
    }

    /// `tokenizer.json` as the `tokenizers` library reads it. Written by hand because the order of ids must stay.
    pub(super) fn json(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let special = (0..).zip(SPECIAL).map(|(id, token): (u32, _)| {
            format!(
                "    {{\"id\": {id}, \"content\": {}, \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \
                 \"normalized\": false, \"special\": true}}",
                quoted(token)
            )
        });
        let special = special.collect::<Vec<_>>().join(",\n");
        let vocabulary =
            (0..).zip(&self.vocabulary).map(|(id, token): (u32, _)| format!("{}: {id}", quoted(token)));
        let vocabulary = vocabulary.collect::<Vec<_>>().join(",\n      ");
        let text = |id: u32| quoted(&self.vocabulary[id as usize]);
        let merges = self.merges.iter().map(|(left, right)| format!("[{}, {}]", text(*left), text(*right)));
        let merges = merges.collect::<Vec<_>>().join(",\n      ");
        format!(
            r#"{{
  "version": "1.0",
  "truncation": null,
  "padding": null,
  "added_tokens": [
{special}
  ],
  "normalizer": null,
  "pre_tokenizer": {{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}},
  "post_processor": {{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true}},
  "decoder": {{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}},
  "model": {{
    "type": "BPE",
    "dropout": null,
    "unk_token": null,
    "continuing_subword_prefix": null,
    "end_of_word_suffix": null,
    "fuse_unk": false,
    "byte_fallback": false,
    "ignore_merges": false,
    "vocab": {{
      {vocabulary}
    }},
    "merges": [
      {merges}
    ]
  }}
}}
"#
        )
    }
}

/// Adds (or with -1 takes away) a word's neighbours to the counts.
fn count_pairs(pairs: &mut BTreeMap<(u32, u32), i64>, word: &Word, sign: i64) {
    for two in word.symbols.windows(2) {
        *pairs.entry((two[0], two[1])).or_default() += sign * word.count;
    }
}

/// Replaces a pair, from the left, by its token.
fn merge(symbols: &mut Vec<u32>, pair: (u32, u32), id: u32) {
    let mut merged: Vec<u32> = Vec::with_capacity(symbols.len());
    let mut rest = symbols.iter().copied().peekable();
    while let Some(symbol) = rest.next() {
        let joins = symbol == pair.0 && rest.next_if_eq(&pair.1).is_some();
        merged.push(if joins { id } else { symbol });
    }
    *symbols = merged;
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn words_lose_no_byte() {
        for text in ["", " ", "a  b", "plot A1: café, 20 cm.\n\n- end ", "\n \n"] {
            assert_eq!(words(text).collect::<String>(), text);
        }
        assert_eq!(words("in plot A1: ok").collect::<Vec<_>>(), ["in", " plot", " A", "1", ":", " ok"]);
    }

    #[test]
    fn learns_the_most_frequent_pair_first() {
        let tokenizer = Tokenizer::learn(["ab ab abc xy"].into_iter());
        let text = |id: u32| tokenizer.vocabulary[id as usize].as_str();
        let merges: Vec<_> =
            tokenizer.merges.iter().map(|(left, right)| (text(*left), text(*right))).collect();
        assert_eq!(merges, [("a", "b"), ("Ġ", "ab")]);
        assert_eq!(
            (tokenizer.count("ab"), tokenizer.count("ab ab ba")),
            (1, 5),
            "b, a and their space apart"
        );
    }

    #[test]
    fn json_maps_every_token_once() {
        let json: serde_json::Value =
            serde_json::from_str(&Tokenizer::learn(["aaaa aaaa aaa"].into_iter()).json()).unwrap();
        let vocabulary = json["model"]["vocab"].as_object().unwrap();
        let mut ids: Vec<u64> = vocabulary.values().map(|id| id.as_u64().unwrap()).collect();
        ids.sort_unstable();
        assert!(ids.iter().copied().eq(0..ids.len() as u64));
        for pair in json["model"]["merges"].as_array().unwrap() {
            let joined = format!("{}{}", pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
            assert!(vocabulary.contains_key(&joined), "{joined}");
        }
    }
}
