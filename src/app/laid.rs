//! Where things stand on the screen, and what can be clicked there.

use ratatui::layout::Rect;

use super::panes::entrypoint::Side;
use super::panes::entrypoint::form::Field;
use super::panes::recipe::Part;
use super::{ShellId, action};

/// Where things stand on the screen: `ui::layout` computes it, `update` uses it for paging, the mouse
/// and the shell's size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Laid {
    /// The whole screen.
    pub screen: Rect,
    /// The grids of the shells in sight.
    pub shells: Vec<(ShellId, Rect)>,
    /// What one shell alone would have.
    pub shell: Rect,
    /// Rows of the picker's list.
    pub list: Rect,
    /// The entrypoint pane's rows of what runs.
    pub chain: Rect,
    /// Its rows of findings.
    pub findings: Rect,
    /// The rows of the processes pane.
    pub processes: Rect,
    /// What it says of the chosen process.
    pub process: Rect,
    /// The lines of the network pane.
    pub network: Rect,
    /// The rows of a lesson's text.
    pub lesson: Rect,
    /// The rows of the files pane.
    pub files: Rect,
    /// The text of an open file.
    pub file: Rect,
    /// The rows of the compare pane, or the lines of its open file.
    pub compare: Rect,
    /// The parts of the recipe pane.
    pub recipe: LaidRecipe,
    /// The packages pane's rows of what was found.
    pub packages: Rect,
    /// What it says of a change that runs or has run.
    pub package_text: Rect,
    /// The logs pane's rows of the log.
    pub log: Rect,
    /// Rows of the topmost popup that can be chosen or scrolled; empty without one.
    pub popup: Rect,
    /// Things that can be clicked, the topmost last.
    pub hits: Vec<(Rect, Hit)>,
}

impl Laid {
    /// The grid of a shell; empty when it is not in sight.
    pub fn shell_area(&self, shell: ShellId) -> Rect {
        let found = self.shells.iter().find(|(id, _)| *id == shell);
        found.map(|(_, area)| *area).unwrap_or_default()
    }
}

/// Where the parts of the recipe pane stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaidRecipe {
    /// The rows of the steps.
    pub steps: Rect,
    /// The rows of the files.
    pub files: Rect,
    /// The rows of the Dockerfile.
    pub text: Rect,
    /// Rows that the whole Dockerfile has.
    pub lines: usize,
}

/// Something that can be clicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    /// The n-th visible row of the picker's list.
    Row(usize),
    /// A tab of the tab bar.
    Tab(usize),
    /// A row of the topmost popup.
    PopupRow(usize),
    /// The equivalent docker command in the status line.
    Equivalent,
    /// A hint that names an action: a click does what its key does.
    Action(action::Action),
    /// A popup's body: a click on it does nothing, one beside it closes the popup.
    Popup,
    /// The grid of a shell.
    Shell(ShellId),
    /// The scroll bar of a shell.
    ScrollBar(ShellId),
    /// A shell's own tab.
    ShellTab(ShellId),
    /// A row of a side of the entrypoint pane, counted in the view.
    SideRow(Side, usize),
    /// A row of a side's scroll bar.
    SideBar(Side, usize),
    /// A field of the form.
    Field(Field),
    /// A row of what the packages pane found, counted in the view.
    Package(usize),
    /// What is said of a change of packages.
    PackageText,
    /// A row of the processes, counted in the view.
    Process(usize),
    /// What is said of the chosen process.
    ProcessText,
    /// What is said of the network.
    NetworkText,
    /// The text of a lesson.
    LessonText,
    /// A row of the files, counted in the view.
    File(usize),
    /// The text of an open file.
    FileText,
    /// A row of the comparison, counted in the view.
    Compared(usize),
    /// A row of a part of the recipe pane, counted in the view.
    Recipe(Part, usize),
    /// A line of the log.
    LogText,
    /// A row of its scroll bar.
    LogBar(usize),
}
