"""measure_summary.py RESULTS.json [PEAK_KIB]: the table that scripts/measure_photos.sh prints."""
import json
import sys


def percentile(values, fraction):
    """Nearest rank; no interpolation, so every figure printed was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(fraction * (len(ordered) - 1))))]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    done = [r for r in results if "error" not in r]
    print(f"photos            {len(results)}")
    print(f"reconstructed     {len(done)} ({100 * len(done) / max(1, len(results)):.1f} %)")
    if not done:
        return
    rows = [("landmark error", lambda r: r["landmark_error"])]
    for stage in ("coarse", "projected", "refined"):
        for measure in ("l1", "psnr", "ssim"):
            rows.append((f"{stage} {measure}", lambda r, s=stage, m=measure: r[s][m]))
    rows.append(("psnr gain", lambda r: r["refined"]["psnr"] - r["coarse"]["psnr"]))
    for stage in done[0]["timing_ms"]:
        rows.append((f"{stage} ms", lambda r, s=stage: r["timing_ms"][s]))
    print(f"{'':18}{'5 %':>10}{'median':>10}{'95 %':>10}")
    for name, get in rows:
        values = [get(r) for r in done]
        cells = "".join(f"{percentile(values, q):10.4f}" for q in (0.05, 0.5, 0.95))
        print(f"{name:18}{cells}")
    if len(sys.argv) > 2:
        print(f"peak memory       {int(sys.argv[2]) / 1024:.0f} MiB")
    worst = sorted(done, key=lambda r: r["refined"]["psnr"])[:5]
    print("lowest refined psnr:", ", ".join(f"{r['input'].rsplit('/', 1)[-1]}" for r in worst))
    worst = sorted(done, key=lambda r: -r["landmark_error"])[:5]
    print("largest landmark error:", ", ".join(f"{r['input'].rsplit('/', 1)[-1]}" for r in worst))
    for result in results:
        if "error" in result:
            print("failed:", result["error"])


main()
