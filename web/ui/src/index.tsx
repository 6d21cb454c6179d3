// The live pages: one address a view; the server sends facts, this draws them.

import "./style.css";
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { words } from "./format";
import { HealthPage } from "./pages/health";
import { LedgerPage } from "./pages/ledger";
import { LivePage } from "./pages/live";
import { QueriesPage, QueryPage } from "./pages/queries";
import { RejectedPage } from "./pages/rejected";
import { SessionPage, SessionsPage } from "./pages/sessions";
import { TopicPage, TopicsPage } from "./pages/topics";
import { Empty, Link } from "./parts";
import { usePath } from "./route";
import type { ComponentChildren } from "preact";

const NAVIGATION: [string, string][] = [
  ["/", "Live"],
  ["/queries", "Results"],
  ["/sessions", "Sessions"],
  ["/rejected", "Rejected"],
  ["/topics", "Topics"],
  ["/ledger", "Ledger"],
  ["/health", "Health"],
];

interface Page {
  title: string;
  above?: [string, string];
  body: ComponentChildren;
}

function pageAt(path: string): Page {
  const [, section = "", rest = ""] = path.split("/");
  const name = decodeURIComponent(rest);
  if (name !== "") {
    if (section === "queries") return { title: words(name), above: ["/queries", "Results"], body: <QueryPage key={path} name={name} /> };
    if (section === "topics") return { title: name, above: ["/topics", "Topics"], body: <TopicPage key={path} name={name} /> };
    if (section === "sessions") return { title: "Session", above: ["/sessions", "Sessions"], body: <SessionPage key={path} session={name} /> };
  }
  switch (path) {
    case "/":
      return { title: "Live", body: <LivePage /> };
    case "/queries":
      return { title: "Results", body: <QueriesPage /> };
    case "/sessions":
      return { title: "Sessions", body: <SessionsPage /> };
    case "/rejected":
      return { title: "Rejected events", body: <RejectedPage /> };
    case "/topics":
      return { title: "Topics", body: <TopicsPage /> };
    case "/ledger":
      return { title: "Ledger", body: <LedgerPage /> };
    case "/health":
      return { title: "Health", body: <HealthPage /> };
    default:
      return { title: "Nothing here", body: <Empty>There is no page at {path}.</Empty> };
  }
}

function App() {
  const path = usePath();
  const page = pageAt(path);
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${page.title} · riverrun`;
    if (!first.current) {
      heading.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    first.current = false;
  }, [path]);
  const twin = path === "/" ? "/index.json" : `${path}.json`;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <Link to="/" class="brand" aria-label="riverrun, live">
          <img src="/icon.svg" alt="" width={26} height={26} />
          <span>riverrun</span>
        </Link>
        <nav aria-label="Pages">
          <ul>
            {NAVIGATION.map(([to, name]) => {
              const here = to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
              return (
                <li key={to}>
                  <Link to={to} {...(here ? { "aria-current": "page" as const } : {})}>
                    {name}
                  </Link>
                </li>
              );
            })}
          </ul>
        </nav>
      </header>
      <main id="main">
        {page.above !== undefined && (
          <p class="above">
            <Link to={page.above[0]}>{page.above[1]}</Link>
          </p>
        )}
        <h1 ref={heading} tabIndex={-1} class={path === "/" ? "sr" : ""}>
          {page.title}
        </h1>
        {page.body}
      </main>
      <footer>
        Times are UTC. This page as <a href={twin}>JSON</a>.
      </footer>
    </>
  );
}

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
