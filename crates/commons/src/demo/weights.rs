//! The weights of the demo models: a tiny Llama-shaped decoder, a tuned copy of it, and a LoRA adapter for it.

use super::draw::Draw;
use super::safetensors::{self, Dtype, Tensor};

/// Rows of the embedding; the tokenizer uses the first of them, the rest is room to grow.
const VOCABULARY: usize = 4096;
/// Width of the residual stream.
const HIDDEN: usize = 256;
/// Width inside the feed-forward blocks.
const INNER: usize = 768;
/// Width of keys and values: two heads of 64, shared by the four of the queries.
const KEYS: usize = 128;
/// Decoder blocks.
const LAYERS: usize = 6;
/// The first block that the tuned copy changes.
const TUNED_FROM: usize = 4;
/// How far tuning moves a weight, in deviations of the base's weights.
const TUNING_STEP: f32 = 0.08;
/// Rank of the adapter.
const RANK: usize = 8;

/// A tensor's name, sizes, mean and deviation.
struct Sketch {
    name: String,
    shape: Vec<usize>,
    mean: f32,
    spread: f32,
}

impl Sketch {
    fn matrix(name: impl Into<String>, rows: usize, columns: usize, spread: f32) -> Sketch {
        Sketch { name: name.into(), shape: vec![rows, columns], mean: 0.0, spread }
    }

    fn norm(name: impl Into<String>, mean: f32) -> Sketch {
        Sketch { name: name.into(), shape: vec![HIDDEN], mean, spread: 0.05 }
    }

    /// Draws the numbers from the stream of `topic`; with `tuning`, moves them a little by the numbers of that one.
    fn draw(self, dtype: Dtype, topic: &str, tuning: Option<&str>) -> Tensor {
        let Sketch { name, shape, mean, spread } = self;
        let mut draw = Draw::new(&format!("{topic}/{name}"));
        let mut step = tuning.map(|tuning| Draw::new(&format!("{tuning}/{name}")));
        let mut bytes = Vec::new();
        for _ in 0..shape.iter().product::<usize>() {
            let moved = step.as_mut().map_or(0.0, |step| TUNING_STEP * step.bell());
            dtype.push(mean + spread * (draw.bell() + moved), &mut bytes);
        }
        Tensor { name, dtype, shape, bytes }
    }
}

/// Every tensor of the decoder, with deviations that are usual for trained weights of this width: outputs of a block
/// narrower than its inputs, and norms that grow with depth. Input and output embedding are one (tied).
fn decoder() -> Vec<Sketch> {
    let mut sketches = vec![
        Sketch::matrix("model.embed_tokens.weight", VOCABULARY, HIDDEN, 0.045),
        Sketch::norm("model.norm.weight", 1.4),
    ];
    for layer in 0..LAYERS {
        let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
        let depth = layer as f32;
        sketches.extend([
            Sketch::norm(name("input_layernorm"), 0.6 + 0.08 * depth),
            Sketch::norm(name("post_attention_layernorm"), 0.8 + 0.05 * depth),
            Sketch::matrix(name("self_attn.q_proj"), HIDDEN, HIDDEN, 0.06),
            Sketch::matrix(name("self_attn.k_proj"), KEYS, HIDDEN, 0.06),
            Sketch::matrix(name("self_attn.v_proj"), KEYS, HIDDEN, 0.04),
            Sketch::matrix(name("self_attn.o_proj"), HIDDEN, HIDDEN, 0.035),
            Sketch::matrix(name("mlp.gate_proj"), INNER, HIDDEN, 0.05),
            Sketch::matrix(name("mlp.up_proj"), INNER, HIDDEN, 0.045),
            Sketch::matrix(name("mlp.down_proj"), HIDDEN, INNER, 0.03),
        ]);
    }
    sketches
}

/// Whether the tuned copy changes a tensor: attention, `down_proj` and norms of the last two blocks, and the last norm.
fn is_tuned(name: &str) -> bool {
    let in_block = |layer: usize| name.starts_with(&format!("model.layers.{layer}."));
    let frozen = name.contains("gate_proj") || name.contains("up_proj");
    name == "model.norm.weight" || ((TUNED_FROM..LAYERS).any(in_block) && !frozen)
}

/// `model.safetensors` of the base model: 5.8 million bfloat16 numbers, about 11.5 MB.
pub(super) fn base() -> Vec<u8> {
    let tensors = decoder().into_iter().map(|sketch| sketch.draw(Dtype::Bf16, "acorn-tiny", None));
    safetensors::write(tensors.collect())
}

/// `model.safetensors` of the tuned copy: the same names and sizes, most tensors equal to the base's byte for byte.
pub(super) fn tuned() -> Vec<u8> {
    let tensors = decoder().into_iter().map(|sketch| {
        let tuning = is_tuned(&sketch.name).then_some("acorn-tiny-notes");
        sketch.draw(Dtype::Bf16, "acorn-tiny", tuning)
    });
    safetensors::write(tensors.collect())
}

/// `adapter_model.safetensors`: low-rank pairs for the query and value projections, in singles and under the names
/// that PEFT gives them.
pub(super) fn adapter() -> Vec<u8> {
    let mut tensors = Vec::new();
    for layer in 0..LAYERS {
        for (projection, rows) in [("q_proj", HIDDEN), ("v_proj", KEYS)] {
            let name = |half: &str| {
                format!("base_model.model.model.layers.{layer}.self_attn.{projection}.{half}.weight")
            };
            for sketch in [
                Sketch::matrix(name("lora_A"), RANK, HIDDEN, 0.04),
                Sketch::matrix(name("lora_B"), rows, RANK, 0.008),
            ] {
                tensors.push(sketch.draw(Dtype::F32, "acorn-tiny-lora", None));
            }
        }
    }
    safetensors::write(tensors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuned_copy_shares_most_bytes() {
        let (base, tuned) = (base(), tuned());
        assert!((11_000_000..13_000_000).contains(&base.len()), "{}", base.len());
        assert_eq!(base.len(), tuned.len());
        let (base, tuned) = (safetensors::tests::read(&base), safetensors::tests::read(&tuned));
        assert_eq!(base.len(), 2 + 9 * LAYERS);
        assert!(base.keys().eq(tuned.keys()));
        let (mut equal, mut all) = (0, 0);
        for (name, bytes) in &base {
            assert_eq!(tuned[name] == *bytes, !is_tuned(name), "{name}");
            all += bytes.len();
            equal += if tuned[name] == *bytes { bytes.len() } else { 0 };
        }
        assert!(equal * 100 >= all * 80, "{equal} of {all}");
        assert!(equal * 100 <= all * 95, "{equal} of {all}");
    }

    #[test]
    fn adapter_has_a_pair_for_each_projection() {
        let file = adapter();
        let tensors = safetensors::tests::read(&file);
        assert_eq!(tensors.len(), LAYERS * 2 * 2);
        let name = "base_model.model.model.layers.5.self_attn.v_proj.lora_B.weight";
        assert_eq!(tensors[name].len(), KEYS * RANK * 4);
    }
}
