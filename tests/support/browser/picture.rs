//! Pictures of pages, for people to look at.

use std::path::{Path, PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{Browser, Size, Theme};

/// Pages may be long; what is below this is left off.
const HIGHEST: u64 = 3_000;

impl Browser {
    /// Keeps a picture of the whole page in the ignored folder `screenshots` beside the program that is tested.
    pub(crate) async fn picture(&self, page: &str, size: Size, theme: Theme) -> PathBuf {
        let folder = Path::new(env!("CARGO_BIN_EXE_handover")).ancestors().nth(2).unwrap().join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{page}-{}-{}.png", theme.name(), size.name));
        self.driver.execute("document.activeElement?.blur(); window.scrollTo(0, 0);", Vec::new()).await.unwrap();
        let height: f64 = self.run("return document.documentElement.scrollHeight;", Vec::new()).await;
        let height = (height.ceil() as u64).clamp(u64::from(size.height), HIGHEST);
        let clip = json!({ "x": 0, "y": 0, "width": size.width, "height": height, "scale": 1 });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.command("Page.captureScreenshot", wanted).await;
        std::fs::write(&file, BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()).unwrap();
        file
    }
}
