//! Texts as people write and compare them: cutting one that is too long for a message, what differs in case or accents alone, the
//! parts of a name.
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// As [`fold`], and without white space around or repeated.
pub fn folded(text: &str) -> String {
    let folded = fold(text);
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a text as they are searched for, each once.
pub fn search_words(text: &str) -> Vec<String> {
    let folded = folded(text);
    let words = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The first word of a name, and the rest of it.
pub fn name_parts(name: &str) -> (&str, Option<&str>) {
    let name = name.trim();
    let (first, rest) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
    (first, Some(rest.trim()).filter(|rest| !rest.is_empty()))
}

/// The parts of `text`, in order, each of at most `max` characters. A part ends at the last end of a paragraph that fits,
/// else of a line, else of a sentence, else of a word; a word that is longer is cut between graphemes. White space at a cut
/// goes; nothing else does.
pub fn split(text: &str, max: usize) -> Vec<&str> {
    let max = max.max(1);
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((end, _)) = rest.char_indices().nth(max) {
        let cut = border(rest, end);
        let (part, behind) = rest.split_at(cut);
        parts.push(part.trim_end());
        rest = behind.trim_start();
    }
    parts.push(rest);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Where to cut so that what stands before, white space aside, ends at the byte `end` or before.
fn border(text: &str, end: usize) -> usize {
    let after = |is_border: fn(&str) -> bool| {
        let ends = text.char_indices().map(|(at, c)| at.saturating_add(c.len_utf8()));
        ends.filter(move |at| text.get(..*at).is_some_and(is_border))
    };
    let start_of = |(at, _): (usize, &str)| at;
    let lines = || after(|before| before.ends_with('\n'));
    let paragraphs = || lines().filter(|at| text.get(..*at).is_some_and(ends_paragraph));
    let words = || after(|before| before.ends_with(char::is_whitespace));
    last(text, end, paragraphs())
        .or_else(|| last(text, end, lines()))
        .or_else(|| last(text, end, text.split_sentence_bound_indices().map(start_of)))
        .or_else(|| last(text, end, words()))
        .or_else(|| last(text, end, text.grapheme_indices(true).map(start_of)))
        // One grapheme that is longer than a message.
        .unwrap_or(end)
}

fn ends_paragraph(before: &str) -> bool {
    let line = before.trim_end_matches('\n').len();
    let breaks = before.get(line..).unwrap_or_default().len();
    breaks > 1 || before.get(..line).unwrap_or_default().trim_end_matches([' ', '\t', '\r']).ends_with('\n')
}

/// The last of some ascending places before which there is something, but no more than fits.
fn last(text: &str, end: usize, places: impl Iterator<Item = usize>) -> Option<usize> {
    let before = |at: usize| text.get(..at).unwrap_or_default().trim_end().len();
    let fitting = places.take_while(|at| before(*at) <= end).filter(|at| before(*at) > 0);
    fitting.filter(|at| is_between_graphemes(text, *at)).last()
}

fn is_between_graphemes(text: &str, at: usize) -> bool {
    GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0).unwrap_or(true)
}

/// The text without case, accents and other marks, so that what people take for the same is the same.
pub fn fold(text: &str) -> String {
    let plain = icu_normalizer::DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    plain.chars().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase).flat_map(unaccented).collect()
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Letters that have no decomposition and are still taken for others.
fn unaccented(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' | 'ð' => ('d', None),
        'ı' => ('i', None),
        'þ' => ('t', Some('h')),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fold_as_people_read_them() {
        for (text, folded) in [
            ("Łukasz Müller-Ångström", "lukasz muller-angstrom"),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("e\u{301}te\u{301}", "ete"),
            ("ÉTÉ", "ete"),
            ("Đặng", "dang"),
            ("Ø", "o"),
            ("王小明", "王小明"),
            ("ﬁne", "fine"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn case_accents_and_spaces_do_not_tell_texts_apart() {
        for (text, expected) in [
            ("  Ärger  über\tÉdith ", "arger uber edith"),
            ("STRASSE Straße", "strasse strasse"),
            ("Łódź Œuvre İstanbul", "lodz oeuvre istanbul"),
            ("e\u{301}", "e"),
            ("今日は Привет", "今日は привет"),
            ("", ""),
        ] {
            assert_eq!(folded(text), expected);
        }
        assert_eq!(search_words("Über-Nacht, über 2 Tage!"), ["2", "nacht", "tage", "uber"]);
        assert_eq!(search_words("!?"), Vec::<String>::new());
    }

    #[test]
    fn a_name_has_a_first_word() {
        for (name, parts) in
            [("Ann", ("Ann", None)), (" Ann  Lee Smith ", ("Ann", Some("Lee Smith"))), ("", ("", None))]
        {
            assert_eq!(name_parts(name), parts);
        }
    }

    #[test]
    fn a_text_is_cut_where_it_hurts_least() {
        for (name, text, max, parts) in [
            ("short enough", "one two", 7, vec!["one two"]),
            ("empty", "", 5, vec![]),
            ("nothing but space", "     ", 2, vec![]),
            ("at a paragraph, though a line fits", "ab\n\ncd\nef. gh", 8, vec!["ab", "cd", "ef. gh"]),
            ("at the last paragraph that fits", "a\n\nb\n\nc d", 6, vec!["a\n\nb", "c d"]),
            ("a paragraph that fits exactly", "abcd\n\nefgh", 4, vec!["abcd", "efgh"]),
            ("an empty line may hold space", "ab. c\n \nd", 5, vec!["ab. c", "d"]),
            ("a line before a sentence", "ab. cd\nef gh", 9, vec!["ab. cd", "ef gh"]),
            ("a sentence before a word", "One. Two three", 9, vec!["One.", "Two three"]),
            ("a sentence in another script", "今日は。明日は雨。", 5, vec!["今日は。", "明日は雨。"]),
            ("a word", "alpha beta gamma", 11, vec!["alpha beta", "gamma"]),
            ("a word that fits exactly", "alpha beta", 5, vec!["alpha", "beta"]),
            (
                "an address is one word",
                "see https://example.org/a-b now",
                27,
                vec!["see https://example.org/a-b", "now"],
            ),
            ("a word longer than a message", "abcdefgh", 3, vec!["abc", "def", "gh"]),
            ("not within an emoji of several characters", "ab👨‍👩‍👧c", 6, vec!["ab", "👨‍👩‍👧c"]),
            ("not between a letter and its accent", "abe\u{301}d", 3, vec!["ab", "e\u{301}d"]),
            ("a grapheme longer than a message", "e\u{301}\u{301}\u{301}", 2, vec!["e\u{301}", "\u{301}\u{301}"]),
            ("no limit at all is one character", "ab", 0, vec!["a", "b"]),
        ] {
            assert_eq!(split(text, max), parts, "{name}");
        }
    }

    #[test]
    fn nothing_but_white_space_is_lost() {
        let words = "Grüße, dear Ann!\nThe order is on its way.\n\nIt comes 👩🏽‍🚀 on Monday。 ".repeat(50);
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        for max in [1, 2, 3, 5, 7, 16, 64, 1000, 100_000] {
            let parts = split(&words, max);
            assert!(parts.iter().all(|part| part.chars().count() <= max && !part.trim().is_empty()), "{max}");
            assert_eq!(bare(&parts.concat()), bare(&words), "{max}");
        }
    }
}
