//! Each language, what must match and what must not.
use super::*;

fn read(text: &str) -> Option<Effect> {
    KeywordLists::default().read(text, false).map(|keyword| keyword.effect)
}

#[test]
fn every_keyword_of_every_language_is_understood() {
    assert!(LANGUAGES.len() >= 40, "{} languages", LANGUAGES.len());
    for language in LANGUAGES.iter() {
        for (effect, words) in
            [(Effect::Stop, language.stop), (Effect::StopAll, language.all), (Effect::Start, language.start)]
        {
            assert!(!words.is_empty(), "{}: nothing for {effect}", language.code);
            for word in words {
                let variants =
                    [(*word).to_owned(), word.to_uppercase(), format!("  «{word}»!! 🛑\n"), format!("\"{word}.\" 🙏🏽")];
                for variant in variants {
                    assert_eq!(read(&variant), Some(effect), "{}: {variant}", language.code);
                }
            }
        }
        assert!(language.stopped.contains("START") && language.started.contains("STOP"), "{}", language.code);
    }
}

/// P40: a stop word in a sentence is no stop.
#[test]
fn a_sentence_and_an_ordinary_answer_are_no_keywords() {
    for text in [
        "Where does the bus stop?",
        "Please don't stop, I love it",
        "stop the order, I want the blue one",
        "Can I stop by tomorrow?",
        "I want to unsubscribe my friend from the gym",
        "The end",
        "start date?",
        "¿Me das de baja el pedido?",
        "la talla más baja",
        "Quero sair amanhã",
        "Ist der Stopp in Berlin?",
        "Ich möchte mich abmelden und einen Termin buchen",
        "l'arrêt de bus",
        "Автобус стоп где?",
        "Не надо стоп",
        "我想退订酒店",
        "バス停止まで",
        "수신거부 어떻게 해요",
        "मैं रोकें नहीं कहा",
        "หยุดวันไหน",
        "إيقاف الطلب من فضلك",
        "no",
        "cancel",
        "cancelar",
        "annulla",
        "отмена",
        "取消",
        "yes",
        "ok",
        "exit",
        "acha",
        "red",
        "dung",
        "alto",
        "basta",
        "stop?start",
        "",
        "   ",
        "🛑",
        "!!!",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
    assert_eq!(read(&"stop ".repeat(200)), None);
}

#[test]
fn spelling_and_form_do_not_matter() {
    for text in [
        "STOP",
        "Stop.",
        "stop!",
        "“Stop”",
        "*STOP*",
        "s.t.o.p",
        "ＳＴＯＰ",
        "stop 🛑🛑",
        "\u{200e}stop\u{200f}",
        "Stop\u{a0}",
        "#stop",
        "ARRET",
        "arrêt",
        "arre\u{302}t",
        "ΔΙΑΚΟΠΗ",
        "διακοπή",
        "الغاء الاشتراك",
        "إِلْغَاء الاِشْتِرَاك",
        "opt-out",
        "Please,   STOP",
    ] {
        assert_eq!(read(text), Some(Effect::Stop), "{text}");
    }
}

#[test]
fn a_button_ends_what_it_stands_under() {
    for (title, effect) in [
        ("Stop promotions", Effect::StopMarketing),
        ("Stop Promotions", Effect::StopMarketing),
        ("Unsubscribe", Effect::StopMarketing),
        ("Unsubscribe from Promos", Effect::StopMarketing),
        ("Unsubscribe from All", Effect::StopAll),
        ("Stop Delivery Updates", Effect::StopUpdates),
        ("Abmelden", Effect::StopMarketing),
        ("Stop all", Effect::StopAll),
    ] {
        let found = KeywordLists::default().read(title, true).map(|keyword| keyword.effect);
        assert_eq!(found, Some(effect), "{title}");
    }
    assert_eq!(KeywordLists::default().read("View order", true), None);
}

#[test]
fn a_business_adds_words_and_takes_others_away() {
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    let lists = KeywordLists { stop: set(&["Schluss!"]), ignored: set(&["end"]), ..KeywordLists::default() };
    let read = |lists: &KeywordLists, text: &str| lists.read(text, false).map(|keyword| keyword.effect);
    assert_eq!(read(&lists, "schluss"), Some(Effect::Stop));
    assert_eq!(read(&lists, "END"), None);
    assert_eq!(read(&lists, "stop"), Some(Effect::Stop));
    let alone = KeywordLists { is_instead: true, ..lists };
    assert_eq!((read(&alone, "stop"), read(&alone, "Schluss")), (None, Some(Effect::Stop)));
}
