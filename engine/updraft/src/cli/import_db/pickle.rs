//! Plain values in Python's pickles: dictionaries, lists, texts, numbers, truths and nothing. Nothing is called and no class is loaded: a
//! pickle with anything else is not read at all.
//!
//! Airflow 2 keeps in this form what a run was triggered with. Source: the opcodes of CPython's `Lib/pickletools.py`, protocols 2 to 5.

use serde_json::{Map, Number, Value};

/// The most values that lie on the stack, and that a pickle remembers.
const VALUES_MAX: usize = 1 << 20;

/// What lies on the stack.
enum Item {
    /// Where the members of a collection begin.
    Mark,
    Value(Value),
}

/// What a pickle holds; `None` if that is no plain value, or the pickle is broken.
pub(super) fn read(bytes: &[u8]) -> Option<Value> {
    let mut machine = Machine {
        rest: bytes,
        stack: Vec::new(),
        memo: Vec::new(),
    };
    loop {
        let opcode = machine.byte()?;
        if opcode == b'.' {
            return machine.pop().filter(|_| machine.stack.is_empty());
        }
        machine.step(opcode)?;
        if machine.stack.len() > VALUES_MAX || machine.memo.len() > VALUES_MAX {
            return None;
        }
    }
}

struct Machine<'b> {
    rest: &'b [u8],
    stack: Vec<Item>,
    /// What the pickle refers to again. A collection is remembered before it is filled; one that is used again is not read.
    memo: Vec<Option<Value>>,
}

impl Machine<'_> {
    fn step(&mut self, opcode: u8) -> Option<()> {
        match opcode {
            // Which protocol it is, and how long the frame.
            0x80 => self.take(1).map(|_| ()),
            0x95 => self.take(8).map(|_| ()),
            b'(' => {
                self.stack.push(Item::Mark);
                Some(())
            }
            b'}' => self.push(Value::Object(Map::new())),
            b']' | b')' => self.push(Value::Array(Vec::new())),
            b'N' => self.push(Value::Null),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'K' | b'M' | b'J' | 0x8a | b'G' => self.number(opcode),
            0x8c | b'X' | 0x8d => self.text(opcode),
            0x94 | b'q' | b'r' | b'h' | b'j' => self.remember(opcode),
            b's' | b'u' | b'a' | b'e' => self.fill(opcode),
            b't' | 0x85..=0x87 => self.tuple(opcode),
            _ => None,
        }
    }

    fn number(&mut self, opcode: u8) -> Option<()> {
        let number = match opcode {
            b'K' => Number::from(self.byte()?),
            b'M' => Number::from(u16::from_le_bytes(self.array()?)),
            b'J' => Number::from(i32::from_le_bytes(self.array()?)),
            b'G' => Number::from_f64(f64::from_be_bytes(self.array()?))?,
            _ => {
                let length = usize::from(self.byte()?);
                let digits = self.take(length)?;
                let is_negative = digits.last().is_some_and(|last| *last >= 0x80);
                let mut whole = [if is_negative { 0xff } else { 0 }; 8];
                whole.get_mut(..length)?.copy_from_slice(digits);
                Number::from(i64::from_le_bytes(whole))
            }
        };
        self.push(Value::Number(number))
    }

    fn text(&mut self, opcode: u8) -> Option<()> {
        let length = match opcode {
            0x8c => u64::from(self.byte()?),
            b'X' => u64::from(u32::from_le_bytes(self.array()?)),
            _ => u64::from_le_bytes(self.array()?),
        };
        let bytes = self.take(usize::try_from(length).ok()?)?;
        let text = String::from_utf8(bytes.to_vec()).ok()?;
        self.push(Value::String(text))
    }

    /// Remembers what lies on top, or fetches what is remembered.
    fn remember(&mut self, opcode: u8) -> Option<()> {
        let at = match opcode {
            0x94 => self.memo.len(),
            b'q' | b'h' => usize::from(self.byte()?),
            _ => usize::try_from(u32::from_le_bytes(self.array()?)).ok()?,
        };
        if matches!(opcode, b'h' | b'j') {
            let value = self.memo.get(at)?.clone()?;
            return self.push(value);
        }
        let Item::Value(top) = self.stack.last()? else {
            return None;
        };
        let kept = (!top.is_array() && !top.is_object()).then(|| top.clone());
        // Pickles number what they remember one after the other.
        (at == self.memo.len()).then(|| self.memo.push(kept))
    }

    fn fill(&mut self, opcode: u8) -> Option<()> {
        let members = match opcode {
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            b'a' => vec![self.pop()?],
            _ => self.since_mark()?,
        };
        match self.stack.last_mut()? {
            Item::Value(Value::Array(list)) if matches!(opcode, b'a' | b'e') => list.extend(members),
            Item::Value(Value::Object(map)) if matches!(opcode, b's' | b'u') => {
                let mut members = members.into_iter();
                while let Some(key) = members.next() {
                    let Value::String(key) = key else { return None };
                    map.insert(key, members.next()?);
                }
            }
            Item::Value(_) | Item::Mark => return None,
        }
        Some(())
    }

    /// JSON has lists for them.
    fn tuple(&mut self, opcode: u8) -> Option<()> {
        let mut members = Vec::new();
        if opcode == b't' {
            members = self.since_mark()?;
        } else {
            for _ in 0x84..opcode {
                members.insert(0, self.pop()?);
            }
        }
        self.push(Value::Array(members))
    }

    fn since_mark(&mut self) -> Option<Vec<Value>> {
        let mark = self.stack.iter().rposition(|item| matches!(item, Item::Mark))?;
        let members = self.stack.split_off(mark).into_iter().skip(1);
        members
            .map(|item| match item {
                Item::Value(value) => Some(value),
                Item::Mark => None,
            })
            .collect()
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "what every opcode comes to has this shape"
    )]
    fn push(&mut self, value: Value) -> Option<()> {
        self.stack.push(Item::Value(value));
        Some(())
    }

    fn pop(&mut self) -> Option<Value> {
        match self.stack.pop()? {
            Item::Value(value) => Some(value),
            Item::Mark => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PROTOCOL_2: &str = "80027d710028580400000066756c6c71018858060000006c696d69747371025d7103284b014740040000000000004e4afdffffff4d2c014a70110100\
         8a05141a99be1c655801000000747104580200000065757105680586710658010000006571077d7108752e";
    const PROTOCOL_4: &str = "8004954d000000000000007d94288c0466756c6c94888c066c696d697473945d94284b014740040000000000004e4afdffffff4d2c014a701101008a\
         05141a99be1c658c0174948c02657594680586948c0165947d94752e";
    const PROTOCOL_5: &str = "8005954d000000000000007d94288c0466756c6c94888c066c696d697473945d94284b014740040000000000004e4afdffffff4d2c014a701101008a\
         05141a99be1c658c0174948c02657594680586948c0165947d94752e";
    const SYSTEM: &str =
        "8005951f000000000000008c05706f736978948c0673797374656d9493948c047472756594859452942e";
    const SET: &str = "80059507000000000000008f94284b01902e";
    const CYCLE: &str = "8005950a000000000000007d948c0161946800732e";

    fn of(hex: &str) -> Option<Value> {
        read(&hex::decode(hex).unwrap())
    }

    /// Written by Python 3.11: `pickle.dumps(value, protocol).hex()`.
    #[test]
    fn plain_values_of_each_protocol_are_read() {
        let value = json!({ "full": true, "limits": [1, 2.5, null, -3, 300, 70000, 123_456_789_012_i64], "t": ["eu", "eu"], "e": {} });
        for pickled in [PROTOCOL_2, PROTOCOL_4, PROTOCOL_5] {
            assert_eq!(of(pickled), Some(value.clone()), "{pickled}");
        }
        assert_eq!(of("80057d942e"), Some(json!({})));
    }

    #[test]
    fn what_is_no_plain_value_is_not_read() {
        // `os.system` with an argument, a set, a dictionary in itself, and something that breaks off.
        for pickled in [
            SYSTEM,
            SET,
            CYCLE,
            "80057d94",
            "80057d948c",
            "2e",
            "80054b014b022e",
        ] {
            assert_eq!(of(pickled), None, "{pickled}");
        }
    }
}
