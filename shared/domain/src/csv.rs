//! Tables of text (RFC 4180): cells split by comma, semicolon or tab, whichever the first line uses most that is no note (`#`);
//! quoted ones may hold anything. A long table is read piece by piece, each from where a row begins.
use std::fmt;

use crate::words;

const BOM: &[u8] = b"\xef\xbb\xbf";
/// The longest piece of a table, and so the longest row, in bytes.
pub const PIECE: usize = 256 * 1024;

words! {
    #[derive(Default)]
    pub enum Separator {
        #[default]
        Comma = ",",
        Semicolon = ";",
        Tab = "\t",
    }
}

impl Separator {
    /// The one that a table uses which begins so.
    pub fn of(start: &[u8]) -> Separator {
        let mut lines = plain(start).split(|byte| *byte == b'\n');
        let header = lines.find(|line| !line.starts_with(b"#")).unwrap_or_default();
        let count = |separator: &Separator| header.iter().filter(|byte| **byte == separator.byte()).count();
        // Of several with the same count the last one is taken.
        let separators = [Separator::Tab, Separator::Semicolon, Separator::Comma];
        separators.into_iter().max_by_key(count).unwrap_or_default()
    }

    fn byte(self) -> u8 {
        match self {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
        }
    }
}

/// A row, with the number of the line on which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub line: u32,
    pub cells: Vec<String>,
}

impl Row {
    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// Where a table is read on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// So many bytes are behind it.
    pub byte: u64,
    /// So many lines end in these.
    pub lines: u32,
}

impl Place {
    fn pass(&mut self, byte: u8) {
        self.byte = self.byte.saturating_add(1);
        self.lines = self.lines.saturating_add(u32::from(byte == b'\n'));
    }

    fn line(self) -> u32 {
        self.lines.saturating_add(1)
    }
}

/// Why a table cannot be read, with the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    Unclosed(u32),
    NotText(u32),
    TooLong(u32),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Unclosed(line) => write!(f, "has a quote in line {line} that is not closed"),
            Unreadable::NotText(line) => write!(f, "is not UTF-8 text in line {line}"),
            Unreadable::TooLong(line) => {
                write!(f, "has a row of more than {PIECE} bytes in line {line}, or a quote that is not closed")
            }
        }
    }
}

/// What stands in a piece of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The rows that end in it, without blank ones, each with the place behind it.
    pub rows: Vec<(Row, Place)>,
    /// Where the next piece begins.
    pub end: Place,
}

/// A row of which the end was not met yet.
struct Open {
    line: u32,
    cells: Vec<String>,
    cell: Vec<u8>,
    quoted_since: Option<u32>,
}

impl Open {
    fn at(place: Place) -> Open {
        Open { line: place.line(), cells: Vec::new(), cell: Vec::new(), quoted_since: None }
    }

    fn end_cell(&mut self) -> Result<(), Unreadable> {
        let cell = String::from_utf8(std::mem::take(&mut self.cell)).ok().filter(|cell| !cell.contains('\0'));
        self.cells.push(cell.ok_or(Unreadable::NotText(self.line))?);
        Ok(())
    }

    fn end(mut self) -> Result<Row, Unreadable> {
        self.end_cell()?;
        Ok(Row { line: self.line, cells: self.cells })
    }
}

impl Piece {
    /// Reads what begins at `from`; `is_last`: the table ends with it.
    pub fn read(bytes: &[u8], separator: Separator, from: Place, is_last: bool) -> Result<Piece, Unreadable> {
        let mut piece = Piece { rows: Vec::new(), end: from };
        let (mut place, mut open) = (from, Open::at(from));
        if from.byte == 0 && bytes.starts_with(BOM) {
            BOM.iter().for_each(|byte| place.pass(*byte));
        }
        let mut rest = if from.byte == 0 { plain(bytes) } else { bytes }.iter().copied().peekable();
        while let Some(byte) = rest.next() {
            place.pass(byte);
            match (byte, open.quoted_since) {
                (b'"', Some(_)) if rest.peek() == Some(&b'"') => {
                    rest.next();
                    place.pass(b'"');
                    open.cell.push(b'"');
                }
                (b'"', Some(_)) => open.quoted_since = None,
                (b'"', None) if open.cell.trim_ascii().is_empty() => {
                    open.cell.clear();
                    open.quoted_since = Some(place.line());
                }
                // Of the two that end a line together the other one ends a blank row.
                (b'\n' | b'\r', None) => {
                    piece.add(std::mem::replace(&mut open, Open::at(place)).end()?, place);
                }
                (byte, None) if byte == separator.byte() => open.end_cell()?,
                (byte, _) => open.cell.push(byte),
            }
        }
        match open.quoted_since {
            Some(line) if is_last => return Err(Unreadable::Unclosed(line)),
            None if is_last => piece.add(open.end()?, place),
            _ if piece.end == from && bytes.len() >= PIECE => return Err(Unreadable::TooLong(from.line())),
            _ => {}
        }
        Ok(piece)
    }

    fn add(&mut self, row: Row, behind: Place) {
        self.end = behind;
        if !row.is_blank() {
            self.rows.push((row, behind));
        }
    }
}

/// The rows of a table, without blank ones.
pub fn rows(text: &str) -> Result<Vec<Row>, Unreadable> {
    let bytes = text.as_bytes();
    let piece = Piece::read(bytes, Separator::of(bytes), Place::default(), true)?;
    Ok(piece.rows.into_iter().map(|(row, _)| row).collect())
}

fn plain(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BOM).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_as_programs_write_them() {
        for (text, expected) in [
            ("a,b\n1,2\n", Ok(vec![(1, vec!["a", "b"]), (2, vec!["1", "2"])])),
            ("\u{feff}a;b\r\n1;\"2;3\"\r\n", Ok(vec![(1, vec!["a", "b"]), (2, vec!["1", "2;3"])])),
            ("a\tb\n\n1\t\"say \"\"hi\"\"\"", Ok(vec![(1, vec!["a", "b"]), (3, vec!["1", "say \"hi\""])])),
            ("a,b\n\"two\nlines\",2\nx", Ok(vec![(1, vec!["a", "b"]), (2, vec!["two\nlines", "2"]), (4, vec!["x"])])),
            ("# a, b, c\na;b", Ok(vec![(1, vec!["# a, b, c"]), (2, vec!["a", "b"])])),
            ("a\n\"open", Err(Unreadable::Unclosed(2))),
            ("a\rb\n", Ok(vec![(1, vec!["a"]), (1, vec!["b"])])),
            ("", Ok(vec![])),
        ] {
            let expected = expected.map(|rows: Vec<(u32, Vec<&str>)>| {
                let row = |(line, cells): (u32, Vec<&str>)| Row {
                    line,
                    cells: cells.into_iter().map(str::to_owned).collect(),
                };
                rows.into_iter().map(row).collect()
            });
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }

    /// Wherever the pieces end, also within a quote, a letter or the end of a line.
    #[test]
    fn a_table_in_pieces_is_the_same_table() {
        let text = "\u{feff}a;b\r\n\r\n1;\"two\r\n\"\"lines\"\"\"\r\nŁódź;\n;;\nx;y";
        let whole = rows(text).unwrap();
        assert_eq!(whole.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 3, 5, 7]);
        for length in 24..text.len() {
            let (mut read, mut place) = (Vec::new(), Place::default());
            loop {
                let from = usize::try_from(place.byte).unwrap();
                let to = text.len().min(from + length);
                let piece = Piece::read(&text.as_bytes()[from..to], Separator::Semicolon, place, to == text.len());
                let piece = piece.unwrap();
                assert!(to == text.len() || piece.end != place, "pieces of {length} stand at {place:?}");
                read.extend(piece.rows.into_iter().map(|(row, _)| row));
                place = piece.end;
                if to == text.len() {
                    break;
                }
            }
            assert_eq!(read, whole, "pieces of {length}");
        }
    }

    #[test]
    fn what_is_no_table_of_text_is_told_by_its_line() {
        let long = [b"a\n\"".as_slice(), &vec![b'x'; PIECE]].concat();
        let second = Place { byte: 2, lines: 1 };
        for (bytes, from, is_last, expected) in [
            (b"a\nM\xfcller".as_slice(), Place::default(), true, Unreadable::NotText(2)),
            (b"a\0b\0\n".as_slice(), Place::default(), true, Unreadable::NotText(1)),
            (b"\xff\xfea\0\n\0".as_slice(), Place::default(), true, Unreadable::NotText(1)),
            (&long[2..], second, false, Unreadable::TooLong(2)),
            (&long[2..], second, true, Unreadable::Unclosed(2)),
        ] {
            assert_eq!(Piece::read(bytes, Separator::Comma, from, is_last), Err(expected));
        }
    }
}
