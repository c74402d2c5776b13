//! `devtwin ls`: the twins on the engine.

use crate::domain::error::Result;
use crate::domain::session::{Liveness, TwinList};
use crate::ops::list::list;

use super::context::{Context, now};
use super::output::{Meaning, Printer};
use super::table::{age, plain, table};

/// List twins: live ones, those kept for re-attach, and leftovers
///
/// A session is `live` while its devtwin runs, `kept` when you left its twin for re-attach, `left over`
/// when its devtwin was killed (`devtwin clean` removes those), and `foreign` when it belongs to another
/// user or machine, or to a devtwin with another state folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(context: &Context<'_>, _args: Args) -> Result<u8> {
    let engine = context.engine().await?;
    let sessions = context.sessions();
    let ask = |id: &str, owner: &str| sessions.liveness(id, owner);
    let twins = list(engine.as_ref(), &ask, now()).await?;
    let printer = context.printer;
    printer.answer("ls", &twins, |printer| text(printer, &twins))?;
    if twins.twins.is_empty() {
        printer.note("no twins; `devtwin attach TARGET` makes one");
    }
    Ok(0)
}

fn text(printer: &Printer, list: &TwinList) -> String {
    if list.twins.is_empty() {
        return String::new();
    }
    let heading = [
        "TWIN",
        "TARGET",
        "DEV IMAGE",
        "MODE",
        "STATE",
        "SESSION",
        "AGE",
        "RE-ATTACH",
    ];
    let rows: Vec<_> = list
        .twins
        .iter()
        .map(|row| {
            let meaning = match row.liveness {
                Liveness::Live => Meaning::Good,
                Liveness::Gone => Meaning::Warning,
                Liveness::Kept => Meaning::Answer,
                Liveness::Foreign => Meaning::Muted,
            };
            [
                plain(&row.twin.name),
                plain(&row.twin.target_name),
                plain(&row.twin.image),
                plain(&row.twin.mode),
                plain(row.twin.status.word()),
                (meaning, row.liveness.word().to_owned()),
                plain(age(row.age)),
                plain(row.attach.clone().unwrap_or_default()),
            ]
        })
        .collect();
    table(printer, heading, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;
    use crate::domain::session::TwinRow;
    use crate::domain::target::{ContainerId, Status};
    use crate::domain::twin::TwinSummary;

    #[test]
    fn kept_twins_show_the_command_that_opens_them_again() {
        let twin = TwinSummary {
            id: ContainerId("4f".into()),
            name: "devtwin-web".into(),
            image: "i:latest-dev".into(),
            session: "s".into(),
            owner: "o".into(),
            target: "t".into(),
            target_name: "web\x1b]0;".into(),
            mode: "join".into(),
            status: Status::Running,
            status_text: "Up".into(),
            created: 0,
        };
        let ask = |_: &str, _: &str| Liveness::Kept;
        let list = TwinList {
            twins: vec![TwinRow::new(twin, &ask, 7_200)],
        };
        let printer = Printer::new(false, true, &Environment::default());
        assert_eq!(
            text(&printer, &list),
            "TWIN         TARGET   DEV IMAGE     MODE  STATE    SESSION  AGE  RE-ATTACH\n\
             devtwin-web  web\u{fffd}]0;  i:latest-dev  join  running  kept     2h   devtwin attach devtwin-web\n"
        );
        assert_eq!(text(&printer, &TwinList::default()), "");
    }
}
