//! The tests of the whole are in `it/`: one binary, so that it links once.
