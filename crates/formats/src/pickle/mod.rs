//! Pickles, read as what they are: programs. What one would bring in and call is told; nothing is ever done.
//!
//! A file may hold several, one after the other, and anything behind them. What stands before a place where it breaks off would have been
//! done, and counts.

mod machine;
mod opcode;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seedcorn_core::scan::{Found, Import, Verdict};

pub use machine::Oddity;
use machine::{Broken, Machine, number};
use opcode::{Argument, argument};

/// Bytes of what stands behind an opcode that are looked at: no name is longer.
const KEPT_MAX: usize = 1024;
/// Bytes of a line: numbers may have thousands of digits, texts more.
const LINE_BYTES_MAX: u64 = 1 << 30;
/// Opcodes of one file.
const OPCODES_MAX: u64 = 10_000_000;
/// Pickles of one file.
const PICKLES_MAX: u32 = 64;

/// Reads pickles that are handed in piece by piece.
#[derive(Debug)]
pub struct Pickle {
    state: State,
    machine: Machine,
    /// Opcodes of all pickles that count together.
    opcodes: Arc<AtomicU64>,
    pickles: u32,
    /// Whether one that begins with its protocol is whole.
    is_sure: bool,
    open: Open,
}

/// The pickle that is being read.
#[derive(Debug, Default)]
struct Open {
    opcodes: u64,
    /// Whether it began with its protocol.
    has_protocol: bool,
    /// What was brought in when it began.
    imports: usize,
    /// What was odd when it began.
    oddities: usize,
}

#[derive(Debug)]
enum State {
    /// Before an opcode.
    Between,
    /// Some bytes behind an opcode are still to come: how many, those that there are, and whether they say how many follow.
    Fixed { op: u8, left: u8, have: Vec<u8>, counts: bool },
    /// Lines behind an opcode are still to come.
    Lines { op: u8, left: u8, have: Vec<u8>, long: u64 },
    /// Counted bytes are still to come.
    Counted { op: u8, left: u64, have: Vec<u8>, whole: bool },
    /// Nothing more is read.
    Ended(End),
}

/// How a file of pickles ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// With a whole one.
    Whole,
    /// With bytes behind the last that are no pickle, as legacy files of PyTorch do.
    Followed,
    /// In the middle of one.
    Cut,
    /// With what no pickle has.
    Broken(&'static str),
    /// It is more than is read.
    TooMuch(&'static str),
}

/// What a file of pickles would do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// What it brings in, each once.
    pub imports: Vec<Import>,
    /// What else is odd.
    pub oddities: Vec<Oddity>,
    /// Pickles that are whole.
    pub pickles: u32,
    /// Whether a whole one began with its protocol.
    pub is_sure: bool,
    /// How it ended.
    pub end: End,
}

impl Default for Pickle {
    fn default() -> Pickle {
        Pickle::counting(Arc::default())
    }
}

impl Pickle {
    /// One whose opcodes count together with those of others.
    pub fn counting(opcodes: Arc<AtomicU64>) -> Pickle {
        Pickle {
            state: State::Between,
            machine: Machine::default(),
            opcodes,
            pickles: 0,
            is_sure: false,
            open: Open::default(),
        }
    }

    /// Whether more bytes may tell more.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Ended(_))
    }

    /// Of the bytes that come next those that tell nothing, at most so many: they are left out.
    pub fn skip(&mut self, most: u64) -> u64 {
        match &mut self.state {
            // The last byte of it is taken, and ends it.
            State::Counted { left, whole: false, .. } => {
                let skipped = most.min(*left - 1);
                *left -= skipped;
                skipped
            }
            _ => 0,
        }
    }

    /// Takes the next bytes of the file.
    pub fn take(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() && self.is_open() {
            let state = std::mem::replace(&mut self.state, State::Between);
            let (state, rest) = self.step(state, piece);
            // A step may have ended it.
            if self.is_open() {
                self.state = state;
            }
            piece = rest;
        }
    }

    fn step<'a>(&mut self, state: State, piece: &'a [u8]) -> (State, &'a [u8]) {
        match state {
            State::Between => {
                let (op, rest) = (piece[0], &piece[1..]);
                (self.begin(op), rest)
            }
            State::Fixed { op, left, mut have, counts } => {
                let (some, rest) = piece.split_at(piece.len().min(usize::from(left)));
                have.extend_from_slice(some);
                match left - some.len() as u8 {
                    0 if counts => (self.counted(op, number(&have)), rest),
                    0 => (self.done(op, &have, true), rest),
                    left => (State::Fixed { op, left, have, counts }, rest),
                }
            }
            State::Lines { op, left, mut have, long } => {
                let end = piece.iter().position(|byte| *byte == b'\n');
                let (some, rest) = piece.split_at(end.map_or(piece.len(), |end| end + 1));
                let long = long + some.len() as u64;
                if long > LINE_BYTES_MAX {
                    return (self.end(End::TooMuch("a line of it is too long")), rest);
                }
                have.extend_from_slice(&some[..some.len().min(KEPT_MAX.saturating_sub(have.len()))]);
                match (end, left) {
                    (None, left) => (State::Lines { op, left, have, long }, rest),
                    (Some(_), 1) => {
                        let whole = long <= KEPT_MAX as u64;
                        (self.done(op, have.strip_suffix(b"\n").unwrap_or(&have), whole), rest)
                    }
                    (Some(_), left) => (State::Lines { op, left: left - 1, have, long }, rest),
                }
            }
            State::Counted { op, left, mut have, whole } => {
                let some = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
                let (some, rest) = piece.split_at(some);
                have.extend_from_slice(&some[..some.len().min(KEPT_MAX.saturating_sub(have.len()))]);
                match left - some.len() as u64 {
                    0 => (self.done(op, &have, whole), rest),
                    left => (State::Counted { op, left, have, whole }, rest),
                }
            }
            State::Ended(end) => (State::Ended(end), &[]),
        }
    }

    fn begin(&mut self, op: u8) -> State {
        self.open.opcodes += 1;
        if self.opcodes.fetch_add(1, Ordering::Relaxed) >= OPCODES_MAX {
            return self.end(End::TooMuch("it has too many opcodes"));
        }
        match argument(op) {
            None => self.end(End::Broken("it has what is no opcode")),
            Some(Argument::Nothing) => self.done(op, &[], true),
            Some(Argument::Fixed(left)) => State::Fixed { op, left, have: Vec::new(), counts: false },
            Some(Argument::Lines(left)) => State::Lines { op, left, have: Vec::new(), long: 0 },
            Some(Argument::Counted(left)) => State::Fixed { op, left, have: Vec::new(), counts: true },
        }
    }

    fn counted(&mut self, op: u8, bytes: u64) -> State {
        match bytes {
            0 => self.done(op, &[], true),
            left => State::Counted { op, left, have: Vec::new(), whole: left <= KEPT_MAX as u64 },
        }
    }

    /// An opcode is there with all that stands behind it.
    fn done(&mut self, op: u8, bytes: &[u8], whole: bool) -> State {
        self.open.has_protocol |= op == 0x80 && self.open.opcodes == 1;
        match self.machine.take(op, bytes, whole) {
            Ok(()) if op == b'.' => self.stop(),
            Ok(()) => State::Between,
            Err(Broken::Wrong(why)) => self.end(End::Broken(why)),
            Err(Broken::TooMuch(why)) => self.end(End::TooMuch(why)),
        }
    }

    /// A pickle is whole: what follows may be another, or bytes of something else.
    fn stop(&mut self) -> State {
        self.pickles += 1;
        self.is_sure |= self.open.has_protocol;
        self.forget_chance();
        self.machine.begin_next();
        let (imports, oddities) = (self.machine.imports.len(), self.machine.oddities.len());
        self.open = Open { imports, oddities, ..Open::default() };
        match self.pickles < PICKLES_MAX {
            true => State::Between,
            false => self.end(End::TooMuch("it has too many pickles")),
        }
    }

    /// Whether what is being read is a pickle, and not bytes of something else that look like the beginning of one.
    fn is_one(&self) -> bool {
        let brings_in = self.machine.imports.len() > self.open.imports;
        let computes = self.machine.oddities[self.open.oddities..].contains(&Oddity::Computed);
        self.open.has_protocol || brings_in || computes
    }

    /// What is odd about bytes that are no pickle says nothing.
    fn forget_chance(&mut self) {
        if !self.is_one() {
            self.machine.oddities.truncate(self.open.oddities);
        }
    }

    fn end(&mut self, end: End) -> State {
        let is_one = self.is_one() || self.pickles == 0;
        self.forget_chance();
        let end = match (end, is_one) {
            (End::Cut | End::Broken(_), false) => End::Followed,
            (end, _) => end,
        };
        self.state = State::Ended(end);
        State::Ended(end)
    }

    /// There are no more bytes.
    pub fn finish(mut self) -> Told {
        // Some who load it take what is there for a line, without its last byte.
        if let State::Lines { op: op @ (b'c' | b'i'), left: 1, have, .. } = &self.state
            && let Some((_, line)) = have.clone().split_last()
        {
            let _ = self.machine.take(*op, line, true);
        }
        let is_between = matches!(self.state, State::Between) && self.pickles > 0 && self.open.opcodes == 0;
        let end = match self.state {
            State::Ended(end) => end,
            _ if is_between => End::Whole,
            _ => match self.end(End::Cut) {
                State::Ended(end) => end,
                _ => End::Cut,
            },
        };
        let Machine { imports, oddities, .. } = self.machine;
        Told { imports, oddities, pickles: self.pickles, is_sure: self.is_sure, end }
    }
}

/// Modules of Python that do something when they are brought in.
const ACTIVE: [&str; 7] = ["__phello__", "antigravity", "idlelib", "lib2to3", "test", "this", "turtledemo"];

/// Whether two words of a list would be read as this: nothing is called by more than the mark before them.
fn is_word_list(import: &Import) -> bool {
    let is_word = |text: &str| text.chars().all(|letter| letter.is_alphanumeric() || letter == ' ');
    is_word(&import.module) && is_word(&import.name)
}

impl Told {
    /// Whether the file is one of pickles at all, whatever it is called. What begins as text without its protocol may be a list of words:
    /// there only what is called counts, or is whole, or does something by being brought in.
    pub fn is_pickle(&self, is_text: bool) -> bool {
        let is_read_on = matches!(self.end, End::TooMuch(_)) || self.oddities.contains(&Oddity::Computed);
        let counts = |import: &Import| {
            !is_text
                || self.pickles > 0
                || (import.called
                    && (import.is_there() || !is_word_list(import))
                    && !import.name.contains([')', ',']))
                || ACTIVE.contains(&import.module.split('.').next().unwrap_or_default())
        };
        self.is_sure || is_read_on || self.imports.iter().any(counts)
    }

    /// What that comes to.
    pub fn found(self) -> Found {
        let mut found = Found::default();
        match self.end {
            End::Whole | End::Followed => {}
            End::Cut => found.add(Verdict::Unscannable, "it ends in the middle of a pickle"),
            End::Broken(why) => found.add(Verdict::Unscannable, format!("it breaks off: {why}")),
            End::TooMuch(why) => found.add(Verdict::Unscannable, why),
        }
        for oddity in self.oddities {
            match oddity {
                Oddity::Computed => {
                    found.add(Verdict::Dangerous, "what it brings in is computed, and not written down")
                }
                Oddity::Registered => found
                    .add(Verdict::Dangerous, "it brings in by a number that only the loading program knows"),
                Oddity::CallsUnnamed => {
                    found.add(Verdict::Suspicious, "it calls what is not brought in by a name")
                }
            }
        }
        for import in self.imports {
            found.import(import);
        }
        found
    }
}

#[cfg(test)]
mod tests;
