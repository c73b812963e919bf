//! What a pickle does, without doing it: a stack and a memo of what would lie there, as far as that tells what is brought in and called.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use seedcorn_core::scan::Import;

/// Things on the stack, and in the memo.
const DEPTH_MAX: usize = 1_000_000;
/// Things that are brought in, each once.
const IMPORTS_MAX: usize = 10_000;
/// Bytes of a name that is one.
const NAME_BYTES_MAX: usize = 256;

/// What would lie on the stack.
#[derive(Clone, Debug)]
enum Value {
    Mark,
    /// A text that may be a name.
    Text(Arc<str>),
    /// A text that is too long or too odd to be looked at.
    Obscure,
    /// What is brought in, by its number.
    Import(usize),
    /// What comes of a call, or of the loading program.
    Made,
    /// Anything else: numbers, bytes, lists.
    Other,
}

/// What is odd about a pickle, whatever it brings in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Oddity {
    /// What is brought in is not written down, but computed.
    Computed,
    /// It brings in by a number that only the loading program knows.
    Registered,
    /// It calls something that is not brought in by a name.
    CallsUnnamed,
}

/// Why it is not read on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Broken {
    /// No pickle has that, and whoever loads it stops there too.
    Wrong(&'static str),
    /// It is more than is read here; whoever loads it may go on.
    TooMuch(&'static str),
}

impl From<&'static str> for Broken {
    fn from(why: &'static str) -> Broken {
        Broken::Wrong(why)
    }
}

/// Goes along with the opcodes.
#[derive(Debug, Default)]
pub(super) struct Machine {
    stack: Vec<Value>,
    memo: BTreeMap<u64, Value>,
    /// Whether there were pickles before: a loading program may share its memo between them.
    is_later: bool,
    /// Where each import is, by its module and name.
    places: HashMap<(Arc<str>, Arc<str>), usize>,
    pub(super) imports: Vec<Import>,
    pub(super) oddities: Vec<Oddity>,
}

impl Machine {
    /// Begins with the next pickle of the file: what was brought in stays.
    pub(super) fn begin_next(&mut self) {
        self.stack.clear();
        self.memo.clear();
        self.is_later = true;
    }

    fn push(&mut self, value: Value) -> Result<(), Broken> {
        if self.stack.len() >= DEPTH_MAX {
            return Err(Broken::TooMuch("its stack is too deep"));
        }
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, Broken> {
        Ok(self.stack.pop().ok_or("it takes from an empty stack")?)
    }

    /// What lies above the last mark; the mark goes too.
    fn pop_mark(&mut self) -> Result<Vec<Value>, Broken> {
        let at = self.stack.iter().rposition(|value| matches!(value, Value::Mark)).ok_or("it has no mark")?;
        let above = self.stack.split_off(at + 1);
        self.stack.pop();
        Ok(above)
    }

    fn import(&mut self, module: &str, name: &str) -> Result<Value, Broken> {
        if module.is_empty() {
            return Err("it brings in what has no name".into());
        }
        if module.len().max(name.len()) > NAME_BYTES_MAX {
            self.odd(Oddity::Computed);
            return Ok(Value::Made);
        }
        let key: (Arc<str>, Arc<str>) = (module.into(), name.into());
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None if self.imports.len() >= IMPORTS_MAX => {
                return Err(Broken::TooMuch("it brings in too much"));
            }
            None => {
                let (module, name) = (module.to_owned(), name.to_owned());
                self.imports.push(Import { module, name, called: false, changed: false });
                self.places.insert(key, self.imports.len() - 1);
                self.imports.len() - 1
            }
        };
        // The module is run before its names are looked for, so it counts; what has no name ends it.
        if name.is_empty() || name.contains(char::is_control) || module.contains(char::is_control) {
            return Err("it brings in what has no name".into());
        }
        Ok(Value::Import(place))
    }

    fn odd(&mut self, oddity: Oddity) {
        if !self.oddities.contains(&oddity) {
            self.oddities.push(oddity);
        }
    }

    fn call(&mut self, callable: &Value) -> Result<(), Broken> {
        match callable {
            Value::Import(place) => self.imports[*place].called = true,
            Value::Made => self.odd(Oddity::CallsUnnamed),
            _ => return Err("it calls what cannot be called".into()),
        }
        self.push(Value::Made)
    }

    /// Something is put into the top of the stack.
    fn change(&mut self) -> Result<(), Broken> {
        match self.stack.last().ok_or("it puts something into nothing")? {
            Value::Import(place) => self.imports[*place].changed = true,
            Value::Mark => return Err("it puts something into nothing".into()),
            _ => {}
        }
        Ok(())
    }

    fn remember(&mut self, key: u64) -> Result<(), Broken> {
        let top = self.stack.last().ok_or("it remembers nothing")?.clone();
        if self.memo.len() >= DEPTH_MAX {
            return Err(Broken::TooMuch("it remembers too much"));
        }
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, key: u64) -> Result<(), Broken> {
        match self.memo.get(&key) {
            Some(value) => self.push(value.clone()),
            None if self.is_later => self.push(Value::Made),
            None => Err("it recalls what it did not remember".into()),
        }
    }

    /// Takes an opcode with the bytes behind it: of long ones their beginning, then `whole` is false.
    pub(super) fn take(&mut self, op: u8, bytes: &[u8], whole: bool) -> Result<(), Broken> {
        match op {
            b'(' => self.push(Value::Mark),
            b'0' => self.pop().map(drop),
            b'1' => self.pop_mark().map(drop),
            b'2' => {
                let top = self.stack.last().cloned().ok_or("it takes from an empty stack")?;
                self.push(top)
            }
            b'.' => self.pop().map(drop),
            b'c' => {
                let value = self.global(bytes, whole)?;
                self.push(value)
            }
            0x93 => self.stack_global(),
            b'i' => {
                self.pop_mark()?;
                let callable = self.global(bytes, whole)?;
                self.call(&callable)
            }
            b'o' => {
                let all = self.pop_mark()?;
                let callable = all.first().cloned().ok_or("it calls nothing")?;
                self.call(&callable)
            }
            b'R' | 0x81 => {
                self.pop()?;
                let callable = self.pop()?;
                self.call(&callable)
            }
            0x92 => {
                self.pop()?;
                self.pop()?;
                let callable = self.pop()?;
                self.call(&callable)
            }
            b'b' => {
                self.pop()?;
                self.change()
            }
            b'a' => {
                self.pop()?;
                self.change()
            }
            b's' => {
                self.pop()?;
                self.pop()?;
                self.change()
            }
            b'e' | b'u' | 0x90 => {
                self.pop_mark()?;
                self.change()
            }
            0x82..=0x84 => {
                self.odd(Oddity::Registered);
                self.push(Value::Made)
            }
            b'P' => self.push(Value::Made),
            b'Q' => {
                self.pop()?;
                self.push(Value::Made)
            }
            b't' | b'l' | b'd' | 0x91 => {
                self.pop_mark()?;
                self.push(Value::Other)
            }
            0x85..=0x87 => {
                (0..op - 0x84).try_for_each(|_| self.pop().map(drop))?;
                self.push(Value::Other)
            }
            b'p' | b'g' => {
                let key = line_number(bytes)?;
                if op == b'p' { self.remember(key) } else { self.recall(key) }
            }
            b'q' | b'r' => self.remember(number(bytes)),
            b'h' | b'j' => self.recall(number(bytes)),
            0x94 => self.remember(self.memo.len() as u64),
            0x80 if bytes.first().is_some_and(|version| *version > 5) => {
                Err("its protocol is not known".into())
            }
            0x80 | 0x95 | 0x98 => Ok(()),
            b'S' | b'V' | b'U' | b'T' | b'X' | 0x8c | 0x8d => self.push(text(op, bytes, whole)),
            _ => self.push(Value::Other),
        }
    }

    /// What two lines bring in.
    fn global(&mut self, bytes: &[u8], whole: bool) -> Result<Value, Broken> {
        let mut lines = bytes.splitn(2, |byte| *byte == b'\n').map(std::str::from_utf8);
        let (Some(Ok(module)), Some(name)) = (lines.next(), lines.next()) else {
            return Err("it brings in what has no name".into());
        };
        // The module is brought in whatever name follows.
        self.import(module, name.ok().filter(|_| whole).unwrap_or_default())
    }

    /// What two texts on the stack bring in.
    fn stack_global(&mut self) -> Result<(), Broken> {
        let (name, module) = (self.pop()?, self.pop()?);
        let value = match (module, name) {
            (Value::Text(module), Value::Text(name)) => self.import(&module, &name)?,
            (
                Value::Text(_) | Value::Obscure | Value::Made,
                Value::Text(_) | Value::Obscure | Value::Made,
            ) => {
                self.odd(Oddity::Computed);
                Value::Made
            }
            _ => return Err("it brings in what has no name".into()),
        };
        self.push(value)
    }
}

/// A text that may be a name. Texts in lines stand in quotes, or with escapes: of these only such as have none are looked at.
fn text(op: u8, bytes: &[u8], whole: bool) -> Value {
    let bare = match (op, bytes) {
        (b'S', [b'\'', bare @ .., b'\''] | [b'"', bare @ .., b'"']) => bare,
        (b'S', _) => return Value::Obscure,
        _ => bytes,
    };
    match std::str::from_utf8(bare) {
        Ok(text)
            if whole
                && text.len() <= NAME_BYTES_MAX
                && !(matches!(op, b'S' | b'V') && text.contains('\\')) =>
        {
            Value::Text(text.into())
        }
        _ => Value::Obscure,
    }
}

/// A number in a line, as Python's `int` reads it: with a sign, with underscores, with spaces around.
fn line_number(bytes: &[u8]) -> Result<u64, Broken> {
    let wrong = Broken::Wrong("a place in its memo is no number");
    let text = std::str::from_utf8(bytes).map_err(|_| wrong)?.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return Err(wrong);
    }
    let number =
        digits.replace('_', "").parse().map_err(|_| Broken::TooMuch("a place in its memo is too large"))?;
    if text.starts_with('-') && number > 0 { Err(wrong) } else { Ok(number) }
}

/// A number, little-endian.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
