//! Draws the terminal's text and the page of an invented comparison, to look at: every number in it is made up.
//! `cargo run --release -p plimsoll-reports --example sample_page [FOLDER]`

#[path = "../tests/it/sample.rs"]
mod sample;

use reports::terminal::{Look, comparison};

fn main() {
    for columns in [80, 120] {
        print!(
            "{}\n\n",
            comparison(
                &sample::hospital(20),
                Look { columns, colour: false },
                Some("out/hospital/index.html")
            )
        );
    }
    print!("{}", comparison(&sample::water(20), Look { columns: 100, colour: false }, None));
}
