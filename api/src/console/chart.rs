//! Charts as SVG made here: a picture with a name and a sentence for those who do not see it, its colours by class, and the same as a table.

use askama::Template;

/// The picture's own units; the page stretches it to the room there is.
const WIDTH: f64 = 600.0;
/// Likewise.
const HEIGHT: f64 = 120.0;
/// The part of a day's room that its bar takes.
const BAR: f64 = 0.72;

/// One row of numbers, a number for each place on the axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The class that colours it.
    pub(crate) class: &'static str,
    /// A number for each place; `None` where there is none. None is negative.
    pub(crate) values: Vec<Option<f64>>,
}

/// What a chart shows.
pub(crate) struct Figure<'f> {
    /// Unique on the page.
    pub(crate) id: &'static str,
    /// What it is, in a few words.
    pub(crate) title: &'static str,
    /// What it says, in a sentence.
    pub(crate) summary: String,
    /// The places on the axis, the first and the last of which are written below it.
    pub(crate) places: &'f [String],
    /// What is shown at each place.
    pub(crate) series: &'f [Series],
    /// How a number is written.
    pub(crate) say: fn(f64) -> String,
}

/// A chart, drawn.
#[derive(Debug, Template)]
#[template(path = "console/chart.html")]
pub(crate) struct Chart {
    id: &'static str,
    title: &'static str,
    summary: String,
    /// The largest number that is shown, as it is written.
    top: String,
    first: String,
    last: String,
    shapes: Vec<Shape>,
    keys: Vec<(&'static str, &'static str)>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug, PartialEq)]
struct Shape {
    class: &'static str,
    path: String,
    /// What is written where the pointer rests.
    tip: String,
}

impl Chart {
    /// Bars, the series of a place upon each other.
    #[expect(clippy::cast_precision_loss, reason = "a chart has a few dozen places")]
    pub(crate) fn bars(figure: &Figure<'_>) -> Self {
        let at = |series: &Series, place: usize| series.values.get(place).copied().flatten().unwrap_or(0.0);
        let heights = (0..figure.places.len()).map(|place| figure.series.iter().map(|series| at(series, place)).sum());
        let top = heights.fold(0.0, f64::max);
        let room = WIDTH / figure.places.len().max(1) as f64;
        let mut shapes = Vec::new();
        for (place, name) in figure.places.iter().enumerate() {
            let (left, width) = (room * (place as f64 + (1.0 - BAR) / 2.0), room * BAR);
            let mut bottom = HEIGHT;
            for series in figure.series {
                let number = at(series, place);
                if number <= 0.0 || top <= 0.0 {
                    continue;
                }
                // What is there at all is seen, be it ever so little.
                let height = (number / top * HEIGHT).max(1.5).min(bottom);
                let path = format!("M{left:.1} {bottom:.1}h{width:.1}v-{height:.1}h-{width:.1}z");
                bottom -= height;
                let tip = format!("{name}: {} {}", (figure.say)(number), series.name);
                shapes.push(Shape { class: series.class, path, tip });
            }
        }
        Self::drawn(figure, top, shapes)
    }

    /// A line for each series, broken where there is no number; a number between two gaps is a dash.
    #[expect(clippy::cast_precision_loss, reason = "a chart has a few dozen places")]
    pub(crate) fn lines(figure: &Figure<'_>) -> Self {
        let top = figure.series.iter().flat_map(|series| series.values.iter().flatten()).copied().fold(0.0, f64::max);
        let room = WIDTH / figure.places.len().max(1) as f64;
        let shapes = figure
            .series
            .iter()
            .filter_map(|series| {
                let mut path = String::new();
                let mut is_open = false;
                for (place, value) in series.values.iter().enumerate() {
                    let Some(value) = value else {
                        is_open = false;
                        continue;
                    };
                    let (x, y) = (room * (place as f64 + 0.5), HEIGHT - 2.0 - scaled(*value, top) * (HEIGHT - 4.0));
                    if is_open {
                        path.push_str(&format!("L{x:.1} {y:.1}"));
                    } else {
                        let reach = room * BAR / 2.0;
                        let from = x - reach;
                        path.push_str(&format!("M{from:.1} {y:.1}h{:.1}M{x:.1} {y:.1}", reach * 2.0));
                    }
                    is_open = true;
                }
                (!path.is_empty()).then(|| Shape { class: series.class, path, tip: series.name.to_owned() })
            })
            .collect();
        Self::drawn(figure, top, shapes)
    }

    fn drawn(figure: &Figure<'_>, top: f64, shapes: Vec<Shape>) -> Self {
        let rows = figure.places.iter().enumerate().map(|(place, name)| {
            let said = |series: &Series| series.values.get(place).copied().flatten().map_or("–".to_owned(), figure.say);
            std::iter::once(name.clone()).chain(figure.series.iter().map(said)).collect()
        });
        Self {
            id: figure.id,
            title: figure.title,
            summary: figure.summary.clone(),
            top: if top > 0.0 { (figure.say)(top) } else { String::new() },
            first: figure.places.first().cloned().unwrap_or_default(),
            last: figure.places.last().cloned().unwrap_or_default(),
            shapes,
            keys: figure.series.iter().map(|series| (series.name, series.class)).collect(),
            rows: rows.collect(),
        }
    }
}

fn scaled(value: f64, top: f64) -> f64 {
    if top > 0.0 { value / top } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figure<'f>(places: &'f [String], series: &'f [Series]) -> Figure<'f> {
        Figure {
            id: "c",
            title: "Exports <per day>",
            summary: "5 exports & more".into(),
            places,
            series,
            say: |number| format!("{number:.0}"),
        }
    }

    fn series(values: Vec<Option<f64>>) -> Series {
        Series { name: "ready", class: "good", values }
    }

    /// Every number of a path's commands.
    fn numbers(path: &str) -> Vec<f64> {
        path.split(|char: char| !char.is_ascii_digit() && char != '.' && char != '-')
            .flat_map(|part| part.split_inclusive('-').map(|piece| piece.trim_end_matches('-').to_owned()))
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().unwrap())
            .collect()
    }

    #[test]
    fn a_chart_is_read_without_seeing_it() {
        let places = ["1 March".to_owned(), "2 March".to_owned()];
        let all = [
            series(vec![Some(4.0), None]),
            Series { name: "failed", class: "bad", values: vec![Some(1.0), Some(0.0)] },
        ];
        let page = Chart::bars(&figure(&places, &all)).render().unwrap();
        assert!(page.contains(r#"<svg viewBox="0 0 600 120""#) && page.contains(r#"role="img""#), "{page}");
        assert!(page.contains("Exports &#60;per day&#62;") && page.contains("5 exports &#38; more"), "{page}");
        assert!(page.contains("<details") && page.contains("<td>4</td>") && page.contains("<td>–</td>"), "{page}");
        assert!(!page.contains("style="), "{page}");
    }

    #[test]
    fn bars_stand_upon_each_other_and_the_highest_fills_the_picture() {
        let places = ["1".to_owned()];
        let all = [series(vec![Some(30.0)]), series(vec![Some(10.0)])];
        let chart = Chart::bars(&figure(&places, &all));
        let paths: Vec<&str> = chart.shapes.iter().map(|shape| shape.path.as_str()).collect();
        assert_eq!(paths, ["M84.0 120.0h432.0v-90.0h-432.0z", "M84.0 30.0h432.0v-30.0h-432.0z"]);
        assert_eq!((chart.top.as_str(), chart.shapes[1].tip.as_str()), ("40", "1: 10 ready"));
    }

    #[test]
    fn a_line_is_broken_where_there_is_no_number() {
        let places: Vec<String> = (0..4).map(|place| place.to_string()).collect();
        let all = [series(vec![Some(1.0), Some(2.0), None, Some(2.0)])];
        let chart = Chart::lines(&figure(&places, &all));
        assert_eq!(chart.shapes[0].path.matches('L').count(), 1, "{}", chart.shapes[0].path);
        assert_eq!(chart.shapes[0].path.matches('M').count(), 4, "{}", chart.shapes[0].path);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(Chart::bars(&figure(&[], &[])).shapes, []);
        let places = ["1".to_owned()];
        assert_eq!(Chart::bars(&figure(&places, &[series(vec![Some(0.0)])])).shapes, []);
        assert_eq!(Chart::lines(&figure(&places, &[series(vec![None])])).shapes, []);
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_nothing_leaves_the_picture(values in proptest::collection::vec(proptest::option::of(0.0..1e15), 1..40)) {
            let places: Vec<String> = (0..values.len()).map(|place| place.to_string()).collect();
            let all = [series(values.clone()), series(values)];
            for chart in [Chart::bars(&figure(&places, &all)), Chart::lines(&figure(&places, &all))] {
                for shape in &chart.shapes {
                    prop_assert!(!shape.path.contains("NaN") && !shape.path.contains("inf"));
                    prop_assert!(numbers(&shape.path).iter().all(|number| (0.0..=WIDTH).contains(number)), "{}", shape.path);
                }
            }
        }
    }
}
