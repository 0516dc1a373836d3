//! The markup of each kind of document.

/// What stands before and behind a piece of text.
pub(crate) type Around = [&'static str; 2];

/// The markup of one kind of document.
#[derive(Debug)]
pub(crate) struct Style {
    /// Up to the title of the document.
    pub(super) start: &'static str,
    /// Behind the title, up to the first piece of text.
    pub(super) body: &'static str,
    pub(super) end: &'static str,
    pub(super) name: Around,
    pub(super) contact: Around,
    pub(super) heading: Around,
    pub(super) paragraph: Around,
    /// Before the title of a job, before its employer, before its dates, behind them.
    pub(super) job: [&'static str; 4],
    pub(super) list: Around,
    pub(super) item: Around,
    /// Whether a word processor leaves its style sheet in the head.
    pub(super) style_sheet: bool,
}

/// Tables and fonts.
const TABLES: Style = Style {
    start: "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">\r\n<html>\r\n<head>\r\n<title>",
    body: "</title>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1252\">\r\n</head>\r\n\
           <body bgcolor=\"#FFFFFF\">\r\n<table width=\"100%\" cellpadding=\"2\" cellspacing=\"0\" border=\"0\">\r\n",
    end: "</table>\r\n</body>\r\n</html>\r\n",
    name: [
        "<tr><td align=\"center\"><font size=\"4\" face=\"Times New Roman\"><b>",
        "</b></font></td></tr>\r\n",
    ],
    contact: [
        "<tr><td align=\"center\"><font size=\"2\" face=\"Arial\">",
        "</font></td></tr>\r\n",
    ],
    heading: [
        "<tr><td bgcolor=\"#DDDDDD\"><font size=\"3\" face=\"Arial\"><b>",
        "</b></font></td></tr>\r\n",
    ],
    paragraph: [
        "<tr><td><font size=\"2\" face=\"Arial\">",
        "</font></td></tr>\r\n",
    ],
    job: [
        "<tr><td><table width=\"100%\"><tr><td width=\"70%\"><font size=\"2\" face=\"Arial\"><b>",
        "</b>, ",
        "</font></td><td align=\"right\"><font size=\"2\" face=\"Arial\"><i>",
        "</i></font></td></tr></table></td></tr>\r\n",
    ],
    list: ["<tr><td><ul type=\"disc\">\r\n", "</ul></td></tr>\r\n"],
    item: ["<li><font size=\"2\" face=\"Arial\">", "</font></li>\r\n"],
    style_sheet: false,
};

/// The export of a word processor.
const WORD: Style = Style {
    start: "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \
            \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\r\n\
            <html xmlns:o=\"urn:schemas-microsoft-com:office:office\">\r\n<head>\r\n<title>",
    body: "</title>\r\n</head>\r\n<body lang=\"EN-US\">\r\n<div class=\"Section1\">\r\n",
    end: "<p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p>\r\n</div>\r\n</body>\r\n</html>\r\n",
    name: [
        "<p class=\"MsoTitle\" align=\"center\" style=\"text-align:center\"><b><span style=\"font-size:16.0pt;\
         font-family:&quot;Garamond&quot;,serif\">",
        "<o:p></o:p></span></b></p>\r\n",
    ],
    contact: [
        "<p class=\"MsoNormal\" align=\"center\" style=\"margin-bottom:0in;text-align:center\"><span \
         style=\"font-size:10.0pt\">",
        "<o:p></o:p></span></p>\r\n",
    ],
    heading: [
        "<p class=\"MsoNormal\" style=\"margin-top:12.0pt;border-bottom:solid windowtext 1.0pt\"><b><span \
         style=\"font-size:12.0pt;font-family:&quot;Garamond&quot;,serif\">",
        "<o:p></o:p></span></b></p>\r\n",
    ],
    paragraph: [
        "<p class=\"MsoNormal\"><span style=\"font-size:11.0pt\">",
        "<o:p></o:p></span></p>\r\n",
    ],
    job: [
        "<p class=\"MsoNormal\" style=\"tab-stops:right 6.5in\"><b><span style=\"font-size:11.0pt\">",
        "</span></b><span style=\"font-size:11.0pt\">&nbsp;&ndash; ",
        "<span style=\"mso-tab-count:1\">&nbsp;&nbsp;&nbsp;&nbsp; </span>",
        "<o:p></o:p></span></p>\r\n",
    ],
    list: ["", ""],
    item: [
        "<p class=\"MsoListParagraph\" style=\"text-indent:-.25in;mso-list:l0 level1 lfo1\"><span \
         style=\"font-family:Symbol\">&middot;&nbsp;&nbsp;</span><span style=\"font-size:11.0pt\">",
        "<o:p></o:p></span></p>\r\n",
    ],
    style_sheet: true,
};

/// Headings and lists with inline styles.
const SHEET: Style = Style {
    start: "<!DOCTYPE html>\r\n<html><head><meta charset=\"utf-8\"><title>",
    body: "</title></head><body>\r\n",
    end: "</body></html>\r\n",
    name: ["<h1 style=\"font-family:Verdana;font-size:18px\">", "</h1>\r\n"],
    contact: ["<div style=\"font-size:11px;color:#444444\">", "</div>\r\n"],
    heading: ["<h2 style=\"font-size:14px;color:#003366\">", "</h2>\r\n"],
    paragraph: ["<p>", "</p>\r\n"],
    job: ["<p><strong>", "</strong><br />", "<br /><em>", "</em></p>\r\n"],
    list: ["<ul>\r\n", "</ul>\r\n"],
    item: ["<li>", "</li>\r\n"],
    style_sheet: false,
};

/// Plain text between line breaks.
const BREAKS: Style = Style {
    start: "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\r\n<HTML><HEAD><TITLE>",
    body: "</TITLE></HEAD><BODY>\r\n",
    end: "</BODY></HTML>\r\n",
    name: ["<B>", "</B><BR>\r\n"],
    contact: ["", "<BR>\r\n"],
    heading: ["<BR>\r\n<B><U>", "</U></B><BR>\r\n"],
    paragraph: ["", "<BR>\r\n"],
    job: ["<BR>\r\n<B>", "</B>, ", " (", ")<BR>\r\n"],
    list: ["", ""],
    item: ["- ", "<BR>\r\n"],
    style_sheet: false,
};

/// A text file between two tags.
const TYPED: Style = Style {
    start: "<html>\r\n<head><title>",
    body: "</title></head>\r\n<body><pre>\r\n",
    end: "</pre></body></html>\r\n",
    name: ["", "\r\n"],
    contact: ["", "\r\n"],
    heading: ["\r\n=== ", " ===\r\n"],
    paragraph: ["", "\r\n"],
    job: ["\r\n", " - ", " | ", "\r\n"],
    list: ["", ""],
    item: ["  * ", "\r\n"],
    style_sheet: false,
};

/// What a rich-text editor leaves in a form field: no document around it.
const FRAGMENT: Style = Style {
    start: "<!-- ",
    body: " -->\r\n<div>",
    end: "</div>\r\n",
    name: ["<p><strong>", "</strong></p>\r\n"],
    contact: ["<p>", "</p>\r\n"],
    heading: ["<p><strong><u>", "</u></strong></p>\r\n"],
    paragraph: ["<p>", "</p>\r\n"],
    job: ["<p><b>", "</b> ", " ", "</p>\r\n"],
    list: ["<ul>\r\n", "</ul>\r\n"],
    item: ["<li>", "</li>\r\n"],
    style_sheet: false,
};

/// An editor that marks every piece of text.
const SPANS: Style = Style {
    start: "<div style=\"font-family: Arial, Helvetica, sans-serif; font-size: 13px;\"><!-- ",
    body: " -->\r\n",
    end: "</div>\r\n",
    name: [
        "<div><span style=\"font-weight: bold; font-size: 16px;\">",
        "</span></div>\r\n",
    ],
    contact: ["<div><span>", "</span></div>\r\n"],
    heading: [
        "<div><br /></div>\r\n<div><span style=\"font-weight: bold;\">",
        "</span></div>\r\n",
    ],
    paragraph: [
        "<div><span style=\"color: rgb(51, 51, 51);\">",
        "</span></div>\r\n",
    ],
    job: ["<div><b>", "</b> ", " ", "</div>\r\n"],
    list: ["", ""],
    item: [
        "<div><span style=\"color: rgb(51, 51, 51);\">&bull;&nbsp;",
        "</span></div>\r\n",
    ],
    style_sheet: false,
};

/// Resumes, each kind with its frequency.
pub(crate) const RESUME_STYLES: &[(u32, &Style)] = &[
    (30, &TABLES),
    (26, &WORD),
    (22, &SHEET),
    (14, &BREAKS),
    (8, &TYPED),
];
/// Resumes of more than ten thousand bytes: most of it is markup.
pub(crate) const LONG_STYLES: &[(u32, &Style)] = &[(65, &WORD), (35, &TABLES)];
/// Resumes so short that markup must not fill them.
pub(crate) const SHORT_STYLES: &[(u32, &Style)] = &[(45, &SHEET), (35, &BREAKS), (20, &TYPED)];
/// Job advertisements.
pub(crate) const ADVERT_STYLES: &[(u32, &Style)] =
    &[(40, &FRAGMENT), (25, &SPANS), (20, &SHEET), (15, &BREAKS)];
