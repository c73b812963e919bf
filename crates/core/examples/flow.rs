//! How long credit takes over a graph of the shape that such graphs have: `flow NODES_LOG2 EDGES FILE` makes one (R-MAT), writes its
//! edges to FILE as pairs of 32-bit numbers, child and parent, for others to count, and prints figures as JSON.

#![expect(clippy::print_stdout, reason = "a program of its own")]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use seedcorn_core::credit::{Derivation, Graph, Kind, Passing, Work, run};

/// Numbers as they come (xorshift64*): the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// One end of an edge falls into a quarter with 57, 19, 19 and 5 of a hundred (R-MAT, Chakrabarti, Zhan & Faloutsos 2004).
    fn edge(&mut self, bits: u32) -> (u32, u32) {
        let (mut from, mut to) = (0, 0);
        for _ in 0..bits {
            let (a, b) = match self.next() % 100 {
                0..57 => (0, 0),
                57..76 => (0, 1),
                76..95 => (1, 0),
                _ => (1, 1),
            };
            (from, to) = (from << 1 | a, to << 1 | b);
        }
        (from, to)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [bits, wanted, path] = words.as_slice() else {
        return Err("usage: flow NODES_LOG2 EDGES FILE".into());
    };
    let (bits, wanted): (u32, usize) = (bits.parse()?, wanted.parse()?);
    if !(1..=26).contains(&bits) {
        return Err("NODES_LOG2 is a number from 1 to 26".into());
    }
    let nodes = 1_u32 << bits;
    let mut dice = Dice(7);
    let mut edges: Vec<Derivation> = Vec::with_capacity(wanted);
    let kinds = [Kind::Finetune, Kind::Quantized, Kind::Adapter, Kind::Dataset, Kind::Code, Kind::Cites];
    while edges.len() < wanted {
        let (a, b) = dice.edge(bits);
        // What has many edges is old: the greater number was made later.
        let (parent, child) = (a.min(b), a.max(b));
        let kind = kinds[(dice.next() % kinds.len() as u64) as usize];
        if parent != child {
            edges.push(Derivation { child, parent, kind });
        }
    }
    let mut out = BufWriter::new(File::create(path)?);
    for edge in &edges {
        out.write_all(&edge.child.to_le_bytes())?;
        out.write_all(&edge.parent.to_le_bytes())?;
    }
    out.flush()?;
    let ids: Vec<String> = (0..nodes).map(|n| format!("{n:08x}")).collect();
    let works: Vec<Work<'_>> =
        (0..nodes).map(|n| Work { id: &ids[n as usize], controller: n, created: i64::from(n) }).collect();
    let begin = Instant::now();
    let (graph, _) = Graph::build(&works, edges, &Passing::default())?;
    let build = begin.elapsed();
    let seeds: Vec<u64> = (0..nodes).map(|_| dice.next() % 1_000_000).collect();
    let mut best = f64::INFINITY;
    let mut flow = run(&graph, &seeds);
    for _ in 0..9 {
        let begin = Instant::now();
        flow = run(&graph, &seeds);
        best = best.min(begin.elapsed().as_secs_f64());
    }
    let kept: u64 = (0..nodes).map(|work| flow.keeps(&graph, work)).sum();
    assert_eq!(kept, seeds.iter().sum::<u64>(), "nothing is made or lost");
    let mut changes: Vec<f64> = (0..1001)
        .map(|_| {
            let work = (dice.next() % u64::from(nodes)) as u32;
            let seed = dice.next() % 1_000_000;
            let begin = Instant::now();
            flow.reseed(&graph, work, seed);
            begin.elapsed().as_secs_f64()
        })
        .collect();
    changes.sort_by(f64::total_cmp);
    println!(
        "{{\"edges\": {}, \"build_seconds\": {:.3}, \"flow_seconds\": {best:.5}, \"change_seconds\": {:.7}, \"slowest_change_seconds\": {:.7}}}",
        graph.edges(),
        build.as_secs_f64(),
        changes[changes.len() / 2],
        changes[changes.len() * 99 / 100],
    );
    Ok(())
}
