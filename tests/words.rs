//! The words of the page: every language has every text, and as many places to fill.

#[allow(dead_code)]
#[path = "../src/app/text.rs"]
mod text;

use text::{LANGS, WORDS, say};

#[test]
fn every_language_says_every_word() {
    for word in WORDS {
        for (lang, code, _) in LANGS {
            assert!(!say(*lang, *word).trim().is_empty(), "{word:?} is empty in {code}");
        }
    }
}

#[test]
fn every_language_fills_the_same_places() {
    for word in WORDS {
        let places: Vec<usize> = LANGS.iter().map(|(lang, ..)| say(*lang, *word).matches("{}").count()).collect();
        assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{word:?} has {places:?} places");
    }
}

#[test]
fn a_browser_language_finds_its_words() {
    assert_eq!(text::Lang::from_code("ko-KR"), Some(text::Lang::Ko));
    assert_eq!(text::Lang::from_code("fr"), None);
    assert_eq!(text::fill(text::Lang::En, text::Word::GoalOf, &["2", "4"]), "Goal 2 of 4.");
}
