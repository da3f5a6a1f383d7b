//! Every word of the page, in every language. One line per text; a language that lacks one does not compile.
//!
//! Left out: words that tools print (kubectl, the shell) and words of lessons: they come from where they are made.

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    En,
    Ko,
}

/// Every language, with the name it calls itself.
pub const LANGS: &[(Lang, &str, &str)] = &[(Lang::En, "en", "English"), (Lang::Ko, "ko", "한국어")];

impl Lang {
    /// The code used in HTML and in lessons.
    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Ko => "ko",
        }
    }

    /// The language whose code a browser's preference starts with.
    pub fn from_code(code: &str) -> Option<Lang> {
        LANGS.iter().find(|(_, short, _)| code.starts_with(short)).map(|(lang, _, _)| *lang)
    }
}

macro_rules! words {
    ($($word:ident: $en:literal, $ko:literal;)+) => {
        /// One text of the page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Word { $($word,)+ }

        /// Every text, for the test that reads them all.
        #[allow(dead_code)]
        pub const WORDS: &[Word] = &[$(Word::$word,)+];

        /// The text in that language.
        pub fn say(lang: Lang, word: Word) -> &'static str {
            match (lang, word) { $(
                (Lang::En, Word::$word) => $en,
                (Lang::Ko, Word::$word) => $ko,
            )+ }
        }
    };
}

/// The text with its `{}` filled, in order.
pub fn fill(lang: Lang, word: Word, values: &[&str]) -> String {
    let mut out = String::new();
    let mut parts = say(lang, word).split("{}");
    out.push_str(parts.next().unwrap_or_default());
    for (i, part) in parts.enumerate() {
        out.push_str(values.get(i).copied().unwrap_or_default());
        out.push_str(part);
    }
    out
}

words! {
    Title: "Pilothouse: a Kubernetes cluster in a browser tab", "Pilothouse: 브라우저 탭 속 쿠버네티스 클러스터";
    Find: "Find or run", "찾기 또는 실행";
    FindHint: "Objects, commands and moments. Enter chooses.", "오브젝트와 명령을 찾아요. Enter로 골라요.";
    FindNothing: "Nothing matches. Enter puts the words on the command line.", "맞는 것이 없어요. Enter를 누르면 명령줄에 적어요.";
    Language: "Language", "언어";
    Theme: "Theme: {}", "테마: {}";
    ThemeLight: "light", "밝게";
    ThemeDark: "dark", "어둡게";
    ThemeSystem: "as the system", "시스템 설정";
    Again: "Start again", "처음부터";
    AgainAsk: "Start again with a clean cluster?", "새 클러스터로 처음부터 시작할까요?";
    AgainWhat: "The cluster, your files and the history of this session go. Finished lessons stay.", "클러스터, 파일, 명령 기록이 사라져요. 마친 학습은 남아요.";
    AgainYes: "Start again", "처음부터 시작";
    Cancel: "Cancel", "취소";
    Close: "Close", "닫기";
    Desk: "Desk", "작업대";
    Chart: "Chart of the cluster", "클러스터 그림";
    TimeBar: "Time", "시간";
    Lesson: "Lesson", "학습";
    Lessons: "Lessons", "학습 목록";
    Why: "Why", "원인";
    Object: "Object", "오브젝트";
    Terminal: "Terminal", "터미널";
    TerminalOutput: "Terminal output", "터미널 출력";
    CommandLine: "Command line", "명령줄";
    NewFile: "New file", "새 파일";
    FileName: "File name", "파일 이름";
    Open: "Open", "열기";
    SplitDesk: "Width of the desk", "작업대 너비";
    SplitRows: "Height of the terminal", "터미널 높이";
    Hint: "Hint", "힌트 보기";
    ShowMe: "Show me", "정답 보기";
    HintNumber: "Hint {}", "힌트 {}";
    TypeIt: "Type it", "입력하기";
    Back: "Back", "이전";
    Next: "Next", "다음";
    StepOf: "{}, {} of {}", "{}, {}단계 / {}단계";
    GoalOf: "Goal {} of {}.", "목표 {} / {}.";
    GoalDone: "Done.", "완료했어요.";
    LessonDone: "Every goal of this lesson is reached.", "이 학습의 목표를 모두 이뤘어요.";
    LessonNone: "Choose a lesson.", "학습을 골라 보세요.";
    LessonChoose: "All lessons", "학습 목록";
    LessonFree: "Work freely", "자유롭게 쓰기";
    LessonMinutes: "{} minutes, {} steps", "{}분, {}단계";
    LessonContinue: "Continue", "이어가기";
    LessonOpen: "Open its YAML", "YAML 열기";
    LessonRight: "Yes.", "맞아요.";
    LessonNot: "Not quite.", "조금 달라요.";
    EmptyHow: "Take a lesson, or type a command. This one starts three web servers:", "학습을 시작하거나 명령을 입력해 보세요. 다음 명령은 웹 서버 세 개를 띄워요.";
    LessonStart: "Start", "시작";
    LessonFinished: "finished", "마침";
    WhyNone: "Nothing is chosen.", "고른 것이 없어요.";
    WhyHow: "Choose something on the chart, or a name in the terminal, and this panel tells what made it so.", "그림이나 터미널에서 이름을 고르면, 왜 그렇게 되었는지 알려드려요.";
    WhyTitle: "Why is {} as it is?", "{}: 왜 이런 상태일까요?";
    WhyNothing: "No recorded event names it yet.", "아직 기록된 일이 없어요.";
    WaysOut: "Ways out", "해 볼 일";
    ObjectNone: "Nothing is chosen.", "고른 것이 없어요.";
    ObjectHow: "Choose a mark on the chart to see the fields that put it there.", "그림에서 하나를 고르면 그것을 만든 필드를 볼 수 있어요.";
    ObjectGone: "It no longer exists.", "지금은 없어요.";
    Describe: "Describe", "자세히";
    Logs: "Logs", "로그";
    Yaml: "YAML", "YAML";
    Faults: "Make a fault", "고장 내기";
    PowerOff: "Power off", "전원 끄기";
    PowerOn: "Power on", "전원 켜기";
    Delete: "Delete", "삭제";
    Play: "Play", "재생";
    Pause: "Pause", "일시 정지";
    Step: "Step to the next event", "다음 일까지 한 걸음";
    Speed: "Speed", "속도";
    Live: "Live", "실시간";
    Paused: "Paused", "일시 정지";
    Slow: "Slow motion", "느린 재생";
    Revision: "etcd revision {}", "etcd 리비전 {}";
    Cluster: "Cluster", "클러스터";
    Fit: "Fit the chart", "그림 맞추기";
    ZoomIn: "Zoom in", "크게";
    ZoomOut: "Zoom out", "작게";
    Outline: "Everything on the chart", "그림에 있는 모든 것";
    OutlineHow: "Arrow keys walk, Enter chooses.", "화살표로 옮기고 Enter로 골라요.";
    Apply: "Apply", "적용";
    Save: "Saved", "저장됨";
    FileLoading: "The editor is coming.", "편집기를 불러오고 있어요.";
    FileFailed: "The editor could not be loaded. This plain field works the same; only the marks are missing.", "편집기를 불러오지 못했어요. 대신 이 입력란을 쓸 수 있고, 표시만 나오지 않아요.";
    Errors: "Errors: {}", "오류 {}개";
    Warnings: "Warnings: {}", "경고 {}개";
    NoProblems: "No problems found", "문제가 없어요";
    NextProblem: "Next problem (F8)", "다음 문제 (F8)";
    FixTo: "Change to {}", "{}(으)로 바꾸기";
    LessonPlay: "Play this lesson", "이 학습 시작";
    PasteTooLarge: "That paste is {} KB; the command line takes {} KB. Nothing was typed. Put it into a file in the editor.", "붙여넣은 글이 {}KB예요. 명령줄은 {}KB까지 받아요. 입력하지 않았으니 편집기에서 파일로 만들어 주세요.";
    JobRuns: "Running. Ctrl-C stops it.", "실행 중이에요. Ctrl-C로 멈춰요.";
    Candidates: "{} possibilities", "후보 {}개";
    CrashTitle: "The simulator stopped", "시뮬레이터가 멈췄어요";
    CrashSafe: "Nothing you typed is lost: it is all in the text below. That text is also the best report of what went wrong.", "입력한 내용은 모두 아래에 남아 있어요. 이 글이 가장 좋은 오류 보고서예요.";
    CrashGoOn: "Go on from the saved session", "저장된 곳부터 이어가기";
    CrashCopy: "Copy report", "보고서 복사";
    CrashDownload: "Download report", "보고서 내려받기";
    Copied: "Copied.", "복사했어요.";
    CorruptTitle: "The saved session cannot be read", "저장된 세션을 읽을 수 없어요";
    CorruptWhat: "It was written by another version, or it is damaged. Nothing has been deleted.", "다른 버전이 저장했거나 손상되었어요. 아직 아무것도 지우지 않았어요.";
    CorruptDownload: "Download it", "내려받기";
    StorageOff: "This browser keeps nothing between visits; the session lives in this tab only.", "이 브라우저는 내용을 저장하지 않아서, 세션은 이 탭에만 있어요.";
    Restored: "Your session is back.", "세션을 다시 불러왔어요.";
    NodeOff: "{}: powered off.", "{}: 전원을 껐어요.";
    NodeOn: "{}: powered on.", "{}: 전원을 켰어요.";
    SkipTo: "Skip to the command line", "명령줄로 건너뛰기";
    SaidPod: "{}: {}.", "{}: {}.";
    SaidMany: "{} pods: {}.", "파드 {}개: {}.";
    SaidGone: "gone", "삭제됨";
    SaidGoal: "Step {} of {} done.", "{} / {}단계를 마쳤어요.";
}
