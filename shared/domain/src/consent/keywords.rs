//! Words by which a person stops our messages and takes them again, in many languages.
//!
//! Only a whole message counts, never a word in a sentence (P40): what is compared is the text without case, punctuation,
//! quotes, emoji and accents that phones put on or leave off.
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::Purpose;
use crate::words;

mod asia;
mod europe;

words! {
    /// What a keyword does.
    pub enum Effect {
        /// No marketing and no news.
        Stop = "stop",
        /// Nothing at all unless they write.
        StopAll = "stop_all",
        StopMarketing = "stop_marketing",
        StopUpdates = "stop_updates",
        /// What was stopped by a keyword goes on.
        Start = "start",
    }
}

impl Effect {
    /// What is withdrawn by it.
    pub fn purposes(self) -> &'static [Purpose] {
        match self {
            Effect::Stop => &[Purpose::Marketing, Purpose::Utility],
            Effect::StopAll => &[Purpose::Marketing, Purpose::Utility, Purpose::Service],
            Effect::StopMarketing => &[Purpose::Marketing],
            Effect::StopUpdates => &[Purpose::Utility],
            Effect::Start => &[],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyword {
    pub effect: Effect,
    /// The code of the language that it belongs to; of one that several share, the first.
    pub language: &'static str,
}

/// The words of one language, and what is written back to them.
#[derive(Debug)]
pub struct Language {
    pub code: &'static str,
    pub(super) stop: &'static [&'static str],
    pub(super) all: &'static [&'static str],
    pub(super) start: &'static [&'static str],
    pub stopped: &'static str,
    pub started: &'static str,
}

/// The first one is everybody's: a STOP is understood in all of them.
pub static LANGUAGES: LazyLock<Vec<&'static Language>> =
    LazyLock::new(|| europe::LANGUAGES.iter().chain(asia::LANGUAGES).collect());

/// Of a code that is not known, the first one.
pub fn language_of(code: &str) -> &'static Language {
    LANGUAGES.iter().copied().find(|language| language.code == code).unwrap_or(&europe::ENGLISH)
}

/// The titles of quick-reply buttons as Meta's samples have them. A button stands under one kind of message, so it ends less
/// than the same word does when somebody writes it.
const BUTTONS: &[(&str, Effect)] = &[
    ("stop promotions", Effect::StopMarketing),
    ("stop promos", Effect::StopMarketing),
    ("stop marketing", Effect::StopMarketing),
    ("stop marketing messages", Effect::StopMarketing),
    ("unsubscribe from promos", Effect::StopMarketing),
    ("unsubscribe from promotions", Effect::StopMarketing),
    ("stop updates", Effect::StopUpdates),
    ("stop delivery updates", Effect::StopUpdates),
    ("stop order updates", Effect::StopUpdates),
    ("unsubscribe from all", Effect::StopAll),
];

/// Letters that phones and people write in more than one way.
fn fold(letter: char) -> Option<char> {
    Some(match letter {
        // Combining accents, Hebrew points, Arabic vowel signs and the stroke that lengthens a word.
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' => return None,
        // Full-width Latin, as Japanese keyboards write it.
        '\u{ff41}'..='\u{ff5a}' => char::from_u32(u32::from(letter).wrapping_sub(0xfee0)).unwrap_or(letter),
        'ς' => 'σ',
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ё' => 'е',
        'ı' => 'i',
        'à' | 'á' | 'â' | 'ã' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'õ' => 'o',
        'ù' | 'ú' | 'û' => 'u',
        'أ' | 'إ' | 'آ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        letter => letter,
    })
}

/// Longer than any keyword.
const CHARS_MAX: usize = 60;

/// The form in which messages and keywords are compared; `None` for what is too long to be one, or says nothing.
pub fn normal(text: &str) -> Option<String> {
    if text.chars().take(CHARS_MAX.saturating_mul(2)).count() >= CHARS_MAX.saturating_mul(2) {
        return None;
    }
    let words = text.split_whitespace().map(|word| {
        let lower = word.to_lowercase();
        let letters = lower.chars().filter_map(fold).filter(|letter| is_kept(*letter));
        letters.collect::<String>()
    });
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    let normal = words.join(" ");
    (!normal.is_empty() && normal.chars().count() <= CHARS_MAX).then_some(normal)
}

/// Letters, digits, and the signs without which words of India's and Thailand's scripts fall apart.
fn is_kept(letter: char) -> bool {
    letter.is_alphanumeric()
        || matches!(letter, '\u{94d}' | '\u{9cd}' | '\u{acd}' | '\u{bcd}' | '\u{c4d}' | '\u{e47}'..='\u{e4e}')
}

type Table = HashMap<String, Keyword>;

fn table(of_buttons: bool) -> Table {
    let mut table = Table::new();
    let mut add = |word: &str, effect, language| {
        if let Some(word) = normal(word) {
            table.entry(word).or_insert(Keyword { effect, language });
        }
    };
    for (title, effect) in BUTTONS {
        add(title, *effect, europe::ENGLISH.code);
    }
    let stop = if of_buttons { Effect::StopMarketing } else { Effect::Stop };
    for language in LANGUAGES.iter() {
        language.all.iter().for_each(|word| add(word, Effect::StopAll, language.code));
        language.stop.iter().for_each(|word| add(word, stop, language.code));
        language.start.iter().for_each(|word| add(word, Effect::Start, language.code));
    }
    table
}

static WRITTEN: LazyLock<Table> = LazyLock::new(|| table(false));
static TAPPED: LazyLock<Table> = LazyLock::new(|| table(true));

/// The business's own words, beside ours or in their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeywordLists {
    /// Ours do not count.
    pub is_instead: bool,
    pub stop: BTreeSet<String>,
    pub stop_all: BTreeSet<String>,
    pub stop_marketing: BTreeSet<String>,
    pub stop_updates: BTreeSet<String>,
    pub start: BTreeSet<String>,
    /// Words that do nothing, though they are among ours.
    pub ignored: BTreeSet<String>,
}

impl KeywordLists {
    pub fn lists(&self) -> [(Effect, &BTreeSet<String>); 5] {
        [
            (Effect::StopAll, &self.stop_all),
            (Effect::StopMarketing, &self.stop_marketing),
            (Effect::StopUpdates, &self.stop_updates),
            (Effect::Stop, &self.stop),
            (Effect::Start, &self.start),
        ]
    }

    /// What a whole message, or the title of a button, means. The business's own words come first.
    pub fn read(&self, text: &str, is_button: bool) -> Option<Keyword> {
        let text = normal(text)?;
        let is_in = |words: &BTreeSet<String>| words.iter().any(|word| normal(word).as_deref() == Some(&text));
        if is_in(&self.ignored) {
            return None;
        }
        let ours = || if is_button { TAPPED.get(&text) } else { WRITTEN.get(&text) }.copied();
        let own = self.lists().into_iter().find(|(_, words)| is_in(words));
        match own {
            Some((effect, _)) => {
                Some(Keyword { effect, language: ours().map_or(europe::ENGLISH.code, |keyword| keyword.language) })
            }
            None if self.is_instead => None,
            None => ours(),
        }
    }
}

#[cfg(test)]
mod tests;
