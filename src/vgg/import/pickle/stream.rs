//! A pickle's bytes, one operand after the other.

use std::io::{self, Read};

use super::super::ImportError;

/// Keys and names are short; a longer text is skipped.
const LONGEST_TEXT: u64 = 1 << 8;
/// The longest line of an operation that is written in lines.
const LONGEST_LINE: usize = 256;

/// Where a pickle is read from. It reads no byte ahead, as another pickle may follow.
#[derive(Debug)]
pub struct Stream<'input, R> {
    input: &'input mut R,
}

impl<'input, R: Read> Stream<'input, R> {
    pub const fn new(input: &'input mut R) -> Self {
        Self { input }
    }

    pub fn take<const N: usize>(&mut self) -> Result<[u8; N], ImportError> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// A little-endian length or index of one, four or eight bytes.
    pub fn number<const N: usize>(&mut self) -> Result<u64, ImportError> {
        Ok(self.take::<N>()?.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// The next bytes; where they are too many for a text, they are skipped.
    pub fn content(&mut self, length: u64) -> Result<Option<Vec<u8>>, ImportError> {
        if length > LONGEST_TEXT {
            self.skip(length)?;
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(length).read_to_end(&mut bytes)?;
        if read as u64 == length { Ok(Some(bytes)) } else { Err(ImportError::Truncated) }
    }

    pub fn skip(&mut self, length: u64) -> Result<(), ImportError> {
        let skipped = io::copy(&mut self.input.by_ref().take(length), &mut io::sink())?;
        if skipped == length { Ok(()) } else { Err(ImportError::Truncated) }
    }

    pub fn line(&mut self) -> Result<String, ImportError> {
        let mut line = Vec::new();
        while line.len() < LONGEST_LINE {
            match self.take()? {
                [b'\n'] => return Ok(String::from_utf8_lossy(&line).into_owned()),
                [byte] => line.push(byte),
            }
        }
        Err(ImportError::damaged("an absurdly long name"))
    }
}
