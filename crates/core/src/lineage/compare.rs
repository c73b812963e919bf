//! Two works side by side: what of one is in the other.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::near::{Near, Sampled};
use super::settings::Architecture;
use super::{Print, Tensor};
use crate::credit::Kind;

/// From this part of a work's bytes on, what it shares with an older one makes a measured derivation: of a thousand.
pub const MEASURED_PER_MILLE: u64 = 300;
/// Bytes in chunks that two works share before that is no chance.
const SHARED_BYTES_MIN: u64 = 4096;
/// Parts of names that adapters give to their tensors.
const ADAPTER_NAMES: [&str; 6] = ["lora_A", "lora_B", "lora_embedding", "lora_magnitude", "hada_w1", "ia3_l"];
/// Ways to write numbers in fewer bits than a model is trained in, and such as hold several numbers in one.
const FEW_BITS: [&str; 8] = ["F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "I8", "U8", "I32", "U32"];
/// What GGUF calls the parts of a model, and what transformers calls them.
const PART_NAMES: [(&str, &str); 12] = [
    ("token_embd", "model.embed_tokens"),
    ("output_norm", "model.norm"),
    ("attn_norm", "input_layernorm"),
    ("ffn_norm", "post_attention_layernorm"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
    ("output", "lm_head"),
];

/// One of two works.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Side {
    /// Its tensors, over all files.
    pub tensors: Vec<Tensor>,
    /// How it is built, if its settings say.
    pub architecture: Option<Architecture>,
    /// What names the words of its tokenizer.
    pub words: Option<Print>,
    /// Its bytes in chunks, by what names each, with how many bytes that is.
    pub chunks: BTreeMap<Print, u64>,
    /// What it says that it builds upon.
    pub named: Vec<(String, Kind)>,
}

/// So many things, and so many bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Bytes {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Bytes {
    /// One more, with its bytes.
    pub fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }

    /// Of a thousand bytes of a whole; nothing of nothing.
    pub fn per_mille(self, whole: Bytes) -> u64 {
        let parts = u128::from(self.bytes) * 1000 / u128::from(whole.bytes.max(1));
        u64::try_from(parts).unwrap_or_default()
    }
}

/// How a derivation is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The work says so.
    Declared,
    /// The bytes show it.
    Measured,
    /// The build is the same, which may be chance.
    Inferred,
}

impl State {
    /// All of them, the surest of what others did first.
    pub const ALL: [State; 3] = [State::Declared, State::Measured, State::Inferred];

    /// The one that a word spells.
    pub fn from_word(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }

    /// As files and answers spell it.
    pub fn word(self) -> &'static str {
        match self {
            State::Declared => "declared",
            State::Measured => "measured",
            State::Inferred => "inferred",
        }
    }
}

/// What of the second work is in the first.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Comparison {
    /// How it is known that the second builds upon the first, if anything shows it.
    pub state: Option<State>,
    /// In which way, if that shows.
    #[serde(rename = "type")]
    pub kind: Option<Kind>,
    /// Tensors of the second.
    pub tensors: Bytes,
    /// Those of them that are in the first byte for byte, under whatever name.
    pub same: Bytes,
    /// Those that the first has under the same name with other numbers.
    pub changed: Bytes,
    /// Those that the first has under the same name, written in fewer bits.
    pub repacked: Bytes,
    /// Those that the first has nothing of.
    pub new: Bytes,
    /// Tensors of the first that the second has nothing of.
    pub gone: Bytes,
    /// Those of the changed and the repacked whose numbers rise and fall with those of the first.
    pub near: Bytes,
    /// The correlation in the middle of those that were compared.
    pub correlation: Option<f64>,
    /// Chunks of all files of the second, each once, and those of them that the first has.
    pub chunks: Bytes,
    /// Those of them that the first has.
    pub chunks_shared: Bytes,
    /// In what the builds are different; none if one of them is not known.
    pub build: Option<Vec<&'static str>>,
    /// Whether both have the same words; none if one of them is not known.
    pub words: Option<bool>,
    /// What the second says that it builds upon.
    pub named: Vec<Named>,
    /// Why: a sentence each.
    pub reasons: Vec<String>,
}

/// What a work says that it builds upon.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Named {
    /// As it names it.
    pub name: String,
    /// In which way.
    #[serde(rename = "type")]
    pub kind: Kind,
}

/// Tells what of `b` is in `a`. `nearer` tells how near two tensors lie, by their places in `a` and `b`.
pub fn compare(a: &Side, b: &Side, mut nearer: impl FnMut(usize, usize) -> Near) -> Comparison {
    let by_print: BTreeSet<Print> = a.tensors.iter().map(|tensor| tensor.print).collect();
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (n, tensor) in a.tensors.iter().enumerate() {
        by_name.entry(bare(&tensor.name)).or_default().push(n);
    }
    let [mut all, mut same, mut speaking, mut changed, mut repacked, mut new] = [Bytes::default(); 6];
    let mut sampled: Vec<(u64, Near)> = Vec::new();
    let mut lies_near = |place: usize, n: usize, bytes: u64| sampled.push((bytes, nearer(place, n)));
    let packs = |tensor: &Tensor, other: &Tensor| few_bits(&tensor.dtype) && !few_bits(&other.dtype);
    let mut met: BTreeSet<usize> = BTreeSet::new();
    for (n, tensor) in b.tensors.iter().enumerate() {
        all.add(tensor.bytes);
        // Of several with one name, such as of two encoders, the one of as many numbers.
        let named = by_name.get(&bare(&tensor.name)).map_or(&[][..], Vec::as_slice);
        let alike = named.iter().find(|place| a.tensors[**place].elements() == tensor.elements());
        let namesake = alike.or(named.first()).map(|place| (*place, &a.tensors[*place]));
        met.extend(namesake.map(|(place, _)| place));
        if by_print.contains(&tensor.print) {
            same.add(tensor.bytes);
            if tensor.speaks() {
                speaking.add(tensor.bytes);
            }
            continue;
        }
        match namesake {
            Some((place, other)) if other.elements() == tensor.elements() && !packs(tensor, other) => {
                changed.add(tensor.bytes);
                lies_near(place, n, tensor.bytes);
            }
            Some((place, other)) if packs(tensor, other) => {
                repacked.add(tensor.bytes);
                if other.elements() == tensor.elements() {
                    lies_near(place, n, tensor.bytes);
                }
            }
            _ => new.add(tensor.bytes),
        }
    }
    let sampled = Sampled::of(sampled);
    let prints: BTreeSet<Print> = b.tensors.iter().map(|tensor| tensor.print).collect();
    let mut gone = Bytes::default();
    for (n, tensor) in a.tensors.iter().enumerate() {
        if !met.contains(&n) && !prints.contains(&tensor.print) {
            gone.add(tensor.bytes);
        }
    }
    let [mut chunks, mut chunks_shared] = [Bytes::default(); 2];
    for (print, bytes) in &b.chunks {
        chunks.add(*bytes);
        if a.chunks.contains_key(print) {
            chunks_shared.add(*bytes);
        }
    }
    let build = a.architecture.as_ref().zip(b.architecture.as_ref()).map(|(a, b)| a.differences(b));
    let alike = build.as_ref().is_some_and(Vec::is_empty)
        && a.architecture.as_ref().is_some_and(Architecture::speaks);
    let words = a.words.zip(b.words).map(|(a, b)| a == b);
    let mut found = Comparison {
        state: None,
        kind: None,
        tensors: all,
        same,
        changed,
        repacked,
        new,
        gone,
        near: sampled.near,
        correlation: sampled.correlation,
        chunks,
        chunks_shared,
        build,
        words,
        named: b.named.iter().map(|(name, kind)| Named { name: name.clone(), kind: *kind }).collect(),
        reasons: Vec::new(),
    };
    found.judge(speaking, alike, b);
    found
}

/// A name as transformers would have it: without what some programs put before it, of GGUF by its parts.
pub fn bare(name: &str) -> String {
    let name = name.strip_prefix("base_model.model.").unwrap_or(name);
    let name = name.strip_prefix("module.").unwrap_or(name);
    if let Some(packed) = name.strip_suffix(".qweight") {
        return format!("{packed}.weight");
    }
    let (layer, part) = match name.strip_prefix("blk.").and_then(|rest| rest.split_once('.')) {
        Some((layer, part)) => (format!("model.layers.{layer}."), part),
        None => (String::new(), name),
    };
    let named = PART_NAMES.iter().find_map(|(short, long)| {
        part.strip_prefix(short)
            .filter(|rest| rest.starts_with('.'))
            .map(|rest| format!("{layer}{long}{rest}"))
    });
    named.unwrap_or_else(|| name.to_owned())
}

/// Whether numbers are written in fewer bits than a model is trained in.
pub fn few_bits(dtype: &str) -> bool {
    FEW_BITS.contains(&dtype) || dtype.starts_with('Q') || dtype.starts_with("IQ")
}

impl Comparison {
    fn judge(&mut self, speaking: Bytes, alike: bool, b: &Side) {
        let near = self.near.per_mille(self.tensors) >= MEASURED_PER_MILLE;
        let by_tensors = speaking.per_mille(self.tensors) >= MEASURED_PER_MILLE;
        // Of all bytes: settings beside weights are everybody's, and so are a few lines.
        let all = Bytes { count: 0, bytes: self.chunks.bytes + self.tensors.bytes };
        let by_chunks = self.chunks_shared.bytes >= SHARED_BYTES_MIN
            && self.chunks_shared.per_mille(all) >= MEASURED_PER_MILLE;
        if self.same.count > 0 {
            self.say(format!(
                "{} of {} tensors are the same, byte for byte",
                self.same.count, self.tensors.count
            ));
        }
        if let Some(correlation) = self.correlation {
            self.say(format!(
                "{} of {} tensors with other numbers rise and fall with the first's: their correlation is {correlation:.3} in the \
                 middle",
                self.near.count,
                self.changed.count + self.repacked.count
            ));
        }
        if by_chunks {
            let per_mille = self.chunks_shared.per_mille(self.chunks);
            self.say(format!(
                "{}.{} % of its bytes, in chunks, are in the first",
                per_mille / 10,
                per_mille % 10
            ));
        }
        if self.repacked.count > 0 {
            self.say(format!("{} tensors are the first's by name, in fewer bits", self.repacked.count));
        }
        let adapters = b.tensors.iter().filter(|tensor| is_adapter(&tensor.name)).count() as u64;
        let is_adapter = adapters > 0 && adapters * 2 >= self.tensors.count;
        // Numbers under the same names that have nothing to do with each other speak against it, whatever the build.
        let refuted = self.correlation.is_some() && self.near.count == 0 && self.same.count == 0;
        if by_tensors || by_chunks || near {
            self.state = Some(State::Measured);
        } else if refuted {
            self.say("its numbers have nothing to do with those of the first".to_owned());
        } else if alike && self.words != Some(false) && !is_adapter {
            self.say("both are built alike, which may be chance".to_owned());
            self.state = Some(State::Inferred);
        } else if self.repacked.per_mille(self.tensors) >= MEASURED_PER_MILLE && self.correlation.is_none() {
            self.say("its tensors are called as the first's, which may be chance".to_owned());
            self.state = Some(State::Inferred);
        }
        self.kind = match self.state {
            None => None,
            Some(_) if self.repacked.per_mille(self.tensors) >= MEASURED_PER_MILLE => Some(Kind::Quantized),
            Some(_) if is_adapter => Some(Kind::Adapter),
            Some(_) if self.tensors.count > 0 => Some(Kind::Finetune),
            Some(_) => None,
        };
        if self.state.is_none() {
            self.say("nothing of the second shows that it builds upon the first".to_owned());
        }
    }

    fn say(&mut self, reason: String) {
        self.reasons.push(reason);
    }
}

fn is_adapter(name: &str) -> bool {
    ADAPTER_NAMES.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, seed: u8) -> Tensor {
        Tensor {
            name: name.into(),
            dtype: "F32".into(),
            shape: vec![32, 32],
            bytes: 4096,
            print: Print([seed; 16]),
            plain: false,
        }
    }

    fn side(tensors: Vec<Tensor>) -> Side {
        Side { tensors, ..Side::default() }
    }

    fn apart(_: usize, _: usize) -> Near {
        Near::default()
    }

    #[test]
    fn a_copied_tensor_is_found_under_any_name() {
        let a = side(vec![tensor("one", 1), tensor("two", 2), tensor("three", 3)]);
        let b = side(vec![tensor("uno", 1), tensor("dos", 2), tensor("three", 9), tensor("four", 4)]);
        let found = compare(&a, &b, apart);
        assert_eq!((found.state, found.kind), (Some(State::Measured), Some(Kind::Finetune)));
        let counts = [found.tensors, found.same, found.changed, found.new, found.gone].map(|one| one.count);
        assert_eq!(counts, [4, 2, 1, 1, 0]);
        assert_eq!(found.same.per_mille(found.tensors), 500);
        // The other way around as well: which of them was first is not in the bytes.
        assert_eq!(compare(&b, &a, apart).same.count, 2);
    }

    #[test]
    fn what_everybody_has_shows_nothing() {
        let zeros = Tensor { plain: true, ..tensor("bias", 0) };
        let short = Tensor { bytes: 8, ..tensor("steps", 1) };
        let a = side(vec![zeros.clone(), short.clone()]);
        let found = compare(&a, &side(vec![zeros, short]), apart);
        assert_eq!((found.same.count, found.state), (2, None));
        assert_eq!(compare(&Side::default(), &Side::default(), apart).state, None);
    }

    #[test]
    fn numbers_that_lie_near_show_training() {
        let numbers: Vec<f64> = (0..2000_u32).map(|n| f64::from(n % 71) - 35.0).collect();
        let (a, b) = (side(vec![tensor("w", 1)]), side(vec![tensor("w", 2)]));
        let near = |_, _| {
            let mut near = Near::default();
            near.add(&numbers, &numbers);
            near
        };
        let found = compare(&a, &b, near);
        assert_eq!((found.state, found.kind), (Some(State::Measured), Some(Kind::Finetune)));
        assert_eq!(compare(&a, &b, apart).state, None);
    }

    #[test]
    fn fewer_bits_adapters_and_builds() {
        let built = Architecture {
            family: "Acorn".into(),
            parts: [("layers", "2".to_owned()), ("words", "9".to_owned()), ("hidden size", "8".to_owned())]
                .into(),
        };
        let a = Side { architecture: Some(built), words: Some(Print([7; 16])), ..side(vec![tensor("w", 1)]) };
        let packed = Tensor { dtype: "I8".into(), bytes: 1024, ..tensor("w", 5) };
        let b = Side { tensors: vec![packed], ..a.clone() };
        let found = compare(&a, &b, apart);
        assert_eq!((found.state, found.kind), (Some(State::Inferred), Some(Kind::Quantized)));
        assert_eq!(found.repacked.count, 1);
        let other_words = Side { words: Some(Print([8; 16])), tensors: a.tensors.clone(), ..b };
        let others = Side { tensors: vec![tensor("w", 9)], ..other_words };
        assert_eq!(compare(&a, &others, apart).state, None);
        let lora = Side { tensors: vec![tensor("base_model.model.w.lora_A.weight", 6)], ..a.clone() };
        assert_eq!(compare(&a, &lora, apart).state, None, "an adapter says itself what it is for");
    }

    #[test]
    fn numbers_that_have_nothing_to_do_with_each_other_speak_against() {
        let built = Architecture {
            family: "Acorn".into(),
            parts: [("layers", "2".to_owned()), ("words", "9".to_owned()), ("hidden size", "8".to_owned())]
                .into(),
        };
        let a = Side { architecture: Some(built), ..side(vec![tensor("w", 1)]) };
        let b = Side { tensors: vec![tensor("w", 2)], ..a.clone() };
        assert_eq!(compare(&a, &b, apart).state, Some(State::Inferred), "nobody compared their numbers");
        let near = |_, _| {
            let mut near = Near::default();
            let one: Vec<f64> = (0..2000_u32).map(|n| f64::from(n % 2) - 0.5).collect();
            let other: Vec<f64> = (0..2000_u32).map(|n| f64::from(n / 2 % 2) - 0.5).collect();
            near.add(&one, &other);
            near
        };
        let found = compare(&a, &b, near);
        assert_eq!(found.state, None);
        assert!(found.reasons.iter().any(|line| line.contains("nothing to do")), "{:?}", found.reasons);
    }

    #[test]
    fn parts_have_one_name() {
        for (name, bared) in [
            ("blk.11.attn_q.weight", "model.layers.11.self_attn.q_proj.weight"),
            ("token_embd.weight", "model.embed_tokens.weight"),
            ("output.weight", "lm_head.weight"),
            ("output_norm.weight", "model.norm.weight"),
            ("base_model.model.lm_head.weight", "lm_head.weight"),
            ("model.layers.0.mlp.up_proj.qweight", "model.layers.0.mlp.up_proj.weight"),
            ("outputs.weight", "outputs.weight"),
            ("blk.x", "blk.x"),
        ] {
            assert_eq!(bare(name), bared);
        }
    }

    #[test]
    fn chunks_speak_for_any_file() {
        let chunks = |range: std::ops::Range<u8>| range.map(|n| (Print([n; 16]), 10_000)).collect();
        let a = Side { chunks: chunks(0..10), ..Side::default() };
        let b = Side { chunks: chunks(7..17), ..Side::default() };
        let found = compare(&a, &b, apart);
        assert_eq!((found.state, found.kind), (Some(State::Measured), None));
        assert_eq!((found.chunks.count, found.chunks_shared.bytes), (10, 30_000));
        assert_eq!(compare(&a, &Side { chunks: chunks(8..18), ..Side::default() }, apart).state, None);
    }
}
