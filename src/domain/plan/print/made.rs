//! The commands by which is made what an explorer needs before it: scratch layers, copies, a merged image.

use super::super::{Folder, FolderHow, Plan};
use crate::domain::text::quote;

/// A line each, in order.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(merged) = &plan.merged {
        let (dev, app) = (format!("{merged}-dev"), format!("{merged}-app"));
        lines.extend([
            format!(
                "docker create --name {} {} true",
                quote(&dev),
                quote(&plan.image)
            ),
            format!(
                "docker create --name {} {} true",
                quote(&app),
                quote(&plan.target_name)
            ),
            format!(
                "docker export {} | docker cp - {}:/",
                quote(&app),
                quote(&dev)
            ),
            format!("docker commit {} {}", quote(&dev), quote(merged)),
            format!("docker rm {} {}", quote(&dev), quote(&app)),
        ]);
    }
    for folder in &plan.folders {
        lines.extend(of_folder(plan, folder));
    }
    lines
}

fn of_folder(plan: &Plan, folder: &Folder) -> Vec<String> {
    let (source, image) = (&folder.source, quote(&plan.image));
    match &folder.how {
        FolderHow::Write => Vec::new(),
        FolderHow::Scratch { volume, layer } => {
            let layer = quote(layer);
            let at = format!("$(docker volume inspect -f '{{{{.Mountpoint}}}}' {layer})");
            vec![
                format!("docker volume create {layer}"),
                format!(
                    "docker run --rm --user 0 -v {layer}:/layer --entrypoint mkdir {image} /layer/upper /layer/work"
                ),
                format!(
                    "docker volume create -d local -o type=overlay -o device=overlay -o {}\"{at}\"{}\"{at}\"/work {}",
                    quote(&format!("o=lowerdir={source},upperdir=")),
                    "/upper,workdir=",
                    quote(volume)
                ),
            ]
        }
        FolderHow::Copy { volume } => {
            let at = quote(&format!("{volume}:{}", folder.path));
            let volume = quote(volume);
            vec![
                format!("docker create --name {volume} -v {at} {image} true"),
                format!("tar -C {} -c . | docker cp - {at}", quote(source)),
                format!("docker rm {volume}"),
            ]
        }
    }
}
