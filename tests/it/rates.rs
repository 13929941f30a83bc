//! What messages cost: the recipient's market, cards of rates by API, quotes.
mod loading;
mod markets;
mod quotes;
mod told;
