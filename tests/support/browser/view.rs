//! On what a page is looked at: size, zoom, colours, language.

use serde_json::json;

use super::Browser;

/// A screen, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// As pictures are named by it.
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Device pixels for one of CSS.
    scale: u32,
    /// Touched, and laid out as phones lay out: by what the page says of its viewport.
    mobile: bool,
}

impl Size {
    pub(crate) const PHONE: Size = Size { name: "phone", width: 390, height: 844, scale: 2, mobile: true };
    pub(crate) const DESKTOP: Size = Size { name: "desktop", width: 1280, height: 900, scale: 1, mobile: false };
    /// What WCAG 2.2 demands to be enough (1.4.10).
    pub(crate) const NARROW: Size = Size { name: "narrow", width: 320, height: 640, scale: 1, mobile: false };
    /// A desktop at a zoom of 200 % (WCAG 2.2, 1.4.4).
    pub(crate) const ZOOMED: Size = Size { name: "zoomed", width: 640, height: 450, scale: 2, mobile: false };
}

/// The colours that the person has asked the system for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub(crate) const BOTH: [Theme; 2] = [Theme::Light, Theme::Dark];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

impl Browser {
    /// Looks at the tab on this screen from now on, also at the page that is shown.
    pub(crate) async fn view(&self, size: Size, theme: Theme) {
        let Size { width, height, scale, mobile, .. } = size;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile });
        self.command("Emulation.setDeviceMetricsOverride", metrics).await;
        self.command("Emulation.setTouchEmulationEnabled", json!({ "enabled": mobile })).await;
        let features = json!([
            { "name": "prefers-color-scheme", "value": theme.name() },
            // What moves would be caught by pictures and measures in mid-move.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.command("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// The languages that the person prefers, best first, as in `de-CH,en`; also what scripts read of it.
    pub(crate) async fn prefer_languages(&self, languages: &str) {
        let agent: String = self.run("return navigator.userAgent;", Vec::new()).await;
        let wanted = json!({ "userAgent": agent, "acceptLanguage": languages });
        self.command("Emulation.setUserAgentOverride", wanted).await;
    }
}
