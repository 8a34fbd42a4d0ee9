"""What `make lighthouse` says of Lighthouse's report; the look itself needs a site and npm."""

from lighthouse import losses


def test_lost_points_are_said_with_what_would_save_most() -> None:
    report = {
        "categories": {
            "performance": {
                "auditRefs": [
                    {"id": "paint", "weight": 10},
                    {"id": "blocking", "weight": 30},
                    {"id": "unused", "weight": 0},
                ]
            }
        },
        "audits": {
            "paint": {"title": "First Contentful Paint", "score": 0.9, "displayValue": "1.9 s"},
            "blocking": {"title": "Total Blocking Time", "score": 0, "displayValue": "4,210 ms"},
            "unused": {
                "title": "Reduce unused JavaScript",
                "metricSavings": {"FCP": 150, "LCP": 300},
            },
            "render": {"title": "Render-blocking resources", "metricSavings": {"FCP": 600}},
            "image": {"title": "Properly size images", "metricSavings": {"LCP": 0}},
        },
    }

    assert losses(report).splitlines() == [
        "| performance | measured | points | of |",
        "|---|---|---|---|",
        "| First Contentful Paint | 1.9 s | 9 | 10 |",
        "| Total Blocking Time | 4,210 ms | 0 | 30 |",
        "",
        "- Render-blocking resources: 600 ms",
        "- Reduce unused JavaScript: 300 ms",
    ]
