#!/usr/bin/env python3
"""bench_mesh.py PROGRAM [TRIANGLES|OPERATION...]: the mesh tools beside libigl, meshoptimizer and trimesh.

PROGRAM is bin/mesh_times of a build folder (ninja mesh_times). Needs, from PyPI, in a virtual environment:
numpy scipy libigl meshoptimizer trimesh embreex rtree fast-simplification. Each operation runs in a process of its
own, three times, with a minute at most; printed are the median in ms and the process's peak memory in MB, as a table.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT_S = 60
RUNS = 3


def torus(triangles):
    import numpy as np

    n = int(round((triangles / 2 / 2.5) ** 0.5))
    m = triangles // 2 // n
    i, j = np.meshgrid(np.arange(m), np.arange(n), indexing="ij")
    a, b = 2 * np.pi * i.ravel() / m, 2 * np.pi * j.ravel() / n
    bumps = 1 + 0.05 * np.sin(9 * a) * np.cos(7 * b)
    r = 1 + 0.4 * bumps * np.cos(b)
    v = np.stack([r * np.cos(a), r * np.sin(a), 0.4 * bumps * np.sin(b)], 1).astype(np.float32)
    k = lambda p, q: (p % m) * n + q % n
    i, j = i.ravel(), j.ravel()
    p, q, s, t = k(i, j), k(i + 1, j), k(i + 1, j + 1), k(i, j + 1)
    return v, np.concatenate([np.stack([p, q, s], 1), np.stack([p, s, t], 1)]).astype(np.int32)


def write_inputs(folder, triangles):
    import numpy as np
    import trimesh

    v, f = torus(triangles)
    mesh = trimesh.Trimesh(v, f, process=False)
    for ending in ("ply", "stl"):
        mesh.export(f"{folder}/in.{ending}")
    np.savez(f"{folder}/in.npz", v=v, f=f)
    with open(f"{folder}/in.obj", "w") as out:
        np.savetxt(out, v, "v %.7g %.7g %.7g")
        np.savetxt(out, f + 1, "f %d %d %d")


def peer(library, operation, folder):
    """One peer's operation, as (prepare, run)."""
    import numpy as np

    data = np.load(f"{folder}/in.npz")
    v, f = np.ascontiguousarray(data["v"], np.float64), np.ascontiguousarray(data["f"], np.int64)
    rng = np.random.default_rng(1)
    query = v[rng.integers(len(v), size=100_000)] + 0.05 * rng.uniform(-1, 1, (100_000, 3))
    if library == "libigl":
        import igl

        return {
            "read_ply": lambda: igl.read_triangle_mesh(f"{folder}/in.ply"),
            "read_obj": lambda: igl.read_triangle_mesh(f"{folder}/in.obj"),
            "read_stl": lambda: igl.read_triangle_mesh(f"{folder}/in.stl"),
            "write_ply": lambda: igl.write_triangle_mesh(f"{folder}/out.ply", v, f),
            "write_obj": lambda: igl.write_triangle_mesh(f"{folder}/out.obj", v, f),
            "write_stl": lambda: igl.write_triangle_mesh(f"{folder}/out.stl", v, f),
            "closest": lambda: igl.point_mesh_squared_distance(query, v, f),
            "simplify": lambda: igl.qslim(v, f, len(f) // 10),
            "loop": lambda: igl.loop(v, f),
        }[operation]
    if library == "meshoptimizer":
        import meshoptimizer

        if operation != "simplify":
            raise KeyError(operation)
        single, index = v.astype(np.float32), f.astype(np.uint32).ravel()
        out = np.zeros_like(index)
        return lambda: meshoptimizer.simplify(
            out, index, single, len(index), len(single), 12, len(index) // 10, 1.0
        )
    import trimesh

    mesh = trimesh.Trimesh(v, f, process=False)
    camera = np.array([0.3, 0.4, 5])

    def visibility():
        fresh = trimesh.Trimesh(v, f, process=False)
        way = camera - v
        way /= np.linalg.norm(way, axis=1)[:, None]
        return fresh.ray.intersects_any(v + 1e-3 * way, way)

    return {
        "read_ply": lambda: trimesh.load(f"{folder}/in.ply", process=False),
        "read_obj": lambda: trimesh.load(f"{folder}/in.obj", process=False),
        "read_stl": lambda: trimesh.load(f"{folder}/in.stl"),
        "write_ply": lambda: mesh.export(f"{folder}/out.ply"),
        "write_obj": lambda: mesh.export(f"{folder}/out.obj"),
        "write_stl": lambda: mesh.export(f"{folder}/out.stl"),
        "closest": lambda: trimesh.proximity.closest_point(trimesh.Trimesh(v, f, process=False), query),
        "simplify": lambda: mesh.simplify_quadric_decimation(face_count=len(f) // 10),
        "loop": lambda: mesh.subdivide_loop(1),
        "visibility": visibility,
    }[operation]


def run_peer(library, operation, folder):
    try:
        call = peer(library, operation, folder)
    except KeyError:
        print("none")
        return
    for _ in range(RUNS):
        start = time.perf_counter()
        call()
        print(f"{1e3 * (time.perf_counter() - start):.3f}", flush=True)


def measured(command):
    """Median ms and peak MB of a process that prints ms a line; text where there is no number."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        end = time.monotonic() + LIMIT_S
        usage = None
        while usage is None and time.monotonic() < end:
            done, _, use = os.wait4(process.pid, os.WNOHANG)
            if done:
                usage = use
            else:
                time.sleep(0.02)
        if usage is None:
            process.kill()
            process.wait()
        out.seek(0)
        lines = out.read().split()
    if lines == ["none"]:
        return None, None
    if not lines:
        return (f"over {LIMIT_S} s" if usage is None else "fails"), None
    return statistics.median(float(x) for x in lines), usage.ru_maxrss / 1024 if usage else None


OPERATIONS = ["read_ply", "read_obj", "read_stl", "write_ply", "write_obj", "write_stl", "closest", "visibility",
              "loop", "simplify"]
LIBRARIES = ["libigl", "trimesh", "meshoptimizer"]


def main():
    program, chosen = sys.argv[1], sys.argv[2:]
    sizes = [int(x) for x in chosen if x.isdigit()] or [35_000, 1_000_000]
    operations = [x for x in chosen if not x.isdigit()] or OPERATIONS
    if unknown := set(operations) - set(OPERATIONS):
        sys.exit(f"bench_mesh.py: no operation {', '.join(sorted(unknown))}; there are {', '.join(OPERATIONS)}")
    show = lambda ms, mb: "" if ms is None else ms if isinstance(ms, str) else f"{ms:.1f}" + (f" / {mb:.0f}" if mb else "")
    print("| triangles | operation | fgcn, ms / MB | " + " | ".join(LIBRARIES) + " | best of them / fgcn |")
    print("|---|---|---|" + "---|" * (len(LIBRARIES) + 1))
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, __file__, "--inputs", folder, str(size)], check=True)
            for operation in operations:
                own = "read" if operation.startswith("read") else operation
                ending = operation.split("_")[1] if own == "read" else "ply"
                mine, memory = measured([program, own, f"{folder}/in.{ending}", str(RUNS)])
                cells, best = [], None
                for library in LIBRARIES:
                    ms, mb = measured([sys.executable, __file__, "--peer", library, operation, folder])
                    cells.append(show(ms, mb))
                    if isinstance(ms, float) and (best is None or ms < best):
                        best = ms
                ratio = f"{best / mine:.2f}" if best and isinstance(mine, float) else ""
                print(f"| {size:,} | {operation} | {show(mine, memory)} | " + " | ".join(cells) + f" | {ratio} |",
                      flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--peer":
        run_peer(*sys.argv[2:5])
    elif len(sys.argv) > 1 and sys.argv[1] == "--inputs":
        write_inputs(sys.argv[2], int(sys.argv[3]))
    elif len(sys.argv) > 1 and os.access(sys.argv[1], os.X_OK):
        main()
    else:
        sys.exit(__doc__)
