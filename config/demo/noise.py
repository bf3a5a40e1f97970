"""What goes on in the cluster anyway: chatter, cron jobs, autoscaling, probes that fail once, alerts that always fire."""
import json

from parts import alert, start_pod, stop_pod, webhook
from shop import NODES, Pod, Workload, rfc3339


def json_line(level, message):
    return lambda stream, t: json.dumps({"time": rfc3339(t), "level": level, "msg": message(stream.random)})


def text_line(level, message):
    return lambda stream, t: f"{rfc3339(t)} {level} {message(stream.random)}"


# Lines a workload writes all day. The ERROR ones are harmless: a shopper's mistake, a bot, a client that hung up.
CHATTER = {
    "gateway": [text_line("[info]", lambda r: f"GET /products/{r.randrange(9999)} status=200 time=0.0{r.randrange(10, 99)}"),
                text_line("[info]", lambda r: f"GET /cart status=200 time=0.0{r.randrange(10, 99)}"),
                text_line("[error]", lambda r: f"client sent an invalid cookie header, request={r.randrange(16**8):08x}")],
    "checkout": [json_line("INFO", lambda r: f"basket of {r.randrange(1, 9)} items priced in {r.randrange(8, 60)} ms"),
                 json_line("INFO", lambda r: f"shipping option {r.choice(['standard', 'express', 'pickup'])} chosen")],
    "orders": [json_line("INFO", lambda r: f"order ord-{r.randrange(10**7)} accepted")],
    "payments": [text_line("INFO", lambda r: f"payments.provider - authorised {r.randrange(5, 300)}.{r.randrange(10, 99)} EUR"),
                 text_line("ERROR", lambda r: "payments.provider - card declined by the issuer: insufficient funds")],
    "cart": [json_line("INFO", lambda r: f"cart merged, {r.randrange(1, 12)} items"),
             json_line("DEBUG", lambda r: f"session {r.randrange(16**6):06x} refreshed")],
    "catalog": [text_line("INFO", lambda r: f"search '{r.choice(['lamp', 'desk', 'rug', 'shelf'])}' found {r.randrange(400)} products"),
                text_line("INFO", lambda r: f"cache hit ratio {r.uniform(0.86, 0.97):.2f}"),
                text_line("ERROR", lambda r: f"picture {r.randrange(9999)}.webp has no alternative text")],
    "orders-db": [text_line("[71] LOG: ", lambda r: f"checkpoint complete: wrote {r.randrange(90, 900)} buffers")],
    "redis": [text_line("* ", lambda r: f"{r.randrange(10, 100)} changes in 300 seconds. Saving...")],
    "coredns": [text_line("[INFO]", lambda r: f'10.42.{r.randrange(1, 5)}.{r.randrange(9, 80)}:4{r.randrange(1000, 9999)} "A IN '
                          f'{r.choice(["orders", "cart", "redis"])}.shop.svc.cluster.local." NOERROR 0.000{r.randrange(100, 400)}s')],
    "prometheus": [text_line("level=info", lambda r: f'component=tsdb msg="head GC completed" duration={r.randrange(9, 80)}ms'),
                   text_line("level=info", lambda r: f'component="rule manager" msg="rules evaluated" groups={r.randrange(20, 40)}')],
    "grafana": [text_line("level=info", lambda r: f'logger=context msg="request completed" method=GET status=200 uid={r.randrange(40)}')],
}
CHATTER_EVERY_S = {"gateway": 22, "checkout": 40, "orders": 75, "payments": 45, "cart": 50, "catalog": 45, "orders-db": 240,
                   "redis": 280, "coredns": 110, "prometheus": 130, "grafana": 150}


def chatter(stream, start, end):
    for name, lines in CHATTER.items():
        t = start + 5
        while t < end:
            t += stream.random.expovariate(1 / CHATTER_EVERY_S[name])
            # New pods of the rollouts speak for their workloads once they are all there.
            if t > end or (name == "orders" and t < 36) or (name == "catalog" and t < -140):
                continue
            line = stream.random.choices(lines, [6, 4, 1][:len(lines)])[0]
            stream.log(t, stream.random.choice(stream.workloads[name].pods), line(stream, t))


def cron_run(stream, t, namespace, name, node, number):
    """One run of a cron job from its creation to the clean-up of the run before."""
    workload = Workload(namespace, name, f"registry.shop.example/{name}:v1.2.0", [node], kind="Job")
    job = f"{name}-{number}"
    stream.next_ip += 1
    pod_name = f"{job}-{stream.letters(5)}"
    pod = Pod(workload, pod_name, node, stream.uid("Pod", namespace, pod_name), f"10.42.{NODES.index(node) + 1}.{stream.next_ip}")
    workload.name = job
    where = ("Pod", namespace, pod.name)
    owner = {"ownerRefs": [{"kind": "CronJob", "name": name}], "labels": {"app": name}}
    stream.state(t, "Job", namespace, job, status={"active": 1}, **owner)
    stream.event(t, "CronJob", namespace, name, "SuccessfulCreate", f"Created job {job}", component="cronjob-controller")
    stream.event(t + 0.2, "Job", namespace, job, "SuccessfulCreate", f"Created pod: {pod.name}", component="job-controller")
    stream.event(t + 0.4, *where, "Scheduled", f"Successfully assigned {namespace}/{pod.name} to {node}", component="default-scheduler")
    stream.pod_state(t + 0.6, pod, ready=False, phase="Pending")
    stream.event(t + 1.2, *where, "Pulled", f'Container image "{workload.image}" already present on machine', host=node)
    stream.event(t + 1.6, *where, "Started", f"Started container {name}", host=node)
    stream.log(t + 3, pod, f"{rfc3339(t + 3)} INFO run started")
    stream.log(t + 19, pod, f"{rfc3339(t + 19)} INFO run finished, {stream.random.randrange(20, 900)} items")
    stream.event(t + 21, "Job", namespace, job, "Completed", "Job completed", component="job-controller")
    stream.event(t + 21.4, "CronJob", namespace, name, "SawCompletedJob", f"Saw completed job: {job}, condition: Complete",
                 component="cronjob-controller")
    stream.event(t + 21.8, "CronJob", namespace, name, "SuccessfulDelete", f"Deleted job {name}-{number - 15}", component="cronjob-controller")
    stream.pod_state(t + 22, pod, ready=False, phase="Succeeded")
    stream.state(t + 22.1, "Job", namespace, job, status={"active": 0, "succeeded": 1}, **owner)


def cron_jobs(stream, start, end):
    minute = 29552638  # of the first run, counted as Kubernetes does in the names of jobs
    for namespace, name, schedule in (("shop", "thumbnails", "*/5 * * * *"), ("monitoring", "usage-report", "*/10 * * * *")):
        stream.state(start + 1, "CronJob", namespace, name, spec={"schedule": schedule, "suspend": False})
    for n, t in enumerate(range(-191, int(end), 300)):
        cron_run(stream, float(t), "shop", "thumbnails", NODES[n % 4], minute + 5 * n)
    for n, t in enumerate(range(-131, int(end), 600)):
        cron_run(stream, float(t), "monitoring", "usage-report", NODES[(n + 2) % 4], minute + 1 + 10 * n)


def scale_cart(stream, t, before, after, why):
    cart = stream.workloads["cart"]
    stream.event(t, "HorizontalPodAutoscaler", "shop", "cart", "SuccessfulRescale", f"New size: {after}; reason: {why}",
                 component="horizontal-pod-autoscaler")
    stream.workload_state(t + 0.1, cart, replicas=after)
    stream.replica_set_state(t + 0.3, cart, after)
    verb = "up" if after > before else "down"
    stream.event(t + 0.4, "Deployment", "shop", "cart", "ScalingReplicaSet",
                 f"Scaled {verb} replica set {cart.replica_set} from {before} to {after}", component="deployment-controller")


def rescale(stream):
    cart = stream.workloads["cart"]
    scale_cart(stream, -94.0, 2, 3, "cpu resource utilization (percentage of request) above target")
    pod, _ = start_pod(stream, -93.2, cart, "node-3", 1.3)
    scale_cart(stream, 640.0, 3, 2, "All metrics below target")
    stop_pod(stream, 640.8, pod)


def node_pressure(stream):
    """node-3 runs short of memory a minute before the rollout and recovers by itself."""
    for t, reason, short in ((-61.0, "NodeHasInsufficientMemory", True), (95.0, "NodeHasSufficientMemory", False)):
        stream.event(t, "Node", "", "node-3", reason, f"Node node-3 status is now: {reason}", host="node-3")
        stream.state(t + 0.3, "Node", "", "node-3", labels={"kubernetes.io/hostname": "node-3", "topology.kubernetes.io/zone": "eu1-c"},
                     status={"ready": True, "memoryPressure": short})


def flickers(stream, end):
    """Probes that fail once, a lease that changes hands, name servers over the limit."""
    for t, name, index in ((-232, "coredns", 1), (-126, "grafana", 0), (-99, "alertmanager", 0), (-76, "metrics-server", 0),
                           (872, "coredns", 0)):
        pod = stream.workloads[name].pods[index]
        stream.event(float(t), "Pod", pod.workload.namespace, pod.name, "Unhealthy", f'Readiness probe failed: Get "http://{pod.ip}:'
                     f'{pod.workload.port}/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
                     warning=True, host=pod.node)
    for t, lease in ((-201, "kube-controller-manager"), (68, "kube-scheduler"), (512, "kube-controller-manager")):
        stream.event(float(t), "Lease", "kube-system", lease, "LeaderElection", f"control-plane-{1 + t % 3}_{stream.hex(8)} became leader",
                     component=lease)
    proxy = stream.workloads["kube-proxy"].pods[1]
    uid, first = None, -230.0
    for count, t in enumerate(range(-230, int(end), 190), 1):
        uid = stream.event(float(t), "Pod", "kube-system", proxy.name, "DNSConfigForming", "Nameserver limits were exceeded, some "
                           "nameservers have been omitted, the applied nameserver line is: 10.0.0.2 10.0.0.3 10.0.0.4",
                           warning=True, host=proxy.node, uid=uid, first=first, count=count)


def add_noise(stream, start, end):
    chatter(stream, start, end)
    cron_jobs(stream, start, end)
    rescale(stream)
    node_pressure(stream)
    flickers(stream, end)
    watchdog = alert(stream, "Watchdog", "none", -86400.0, {}, "An alert that always fires, to show that alerts arrive.")
    memory = alert(stream, "KubeMemoryOvercommit", "warning", -43200.0, {}, "Cluster has overcommitted memory requests.")
    clock = alert(stream, "NodeClockNotSynchronising", "warning", -70.0, {"instance": "node-2", "job": "node-exporter"},
                  "Clock of node-2 is not synchronising.")
    throttled = alert(stream, "CPUThrottlingHigh", "info", 300.0, {"namespace": "monitoring", "pod": stream.workloads["grafana"].pods[0].name,
                                                                   "container": "grafana"}, "28 % throttling of CPU.")
    webhook(stream, start + 3, [watchdog])
    webhook(stream, start + 4, [memory])
    webhook(stream, -60.0, [clock])
    webhook(stream, 260.0, [clock], ended=[clock])
    webhook(stream, 310.0, [throttled])
    webhook(stream, 640.0, [throttled], ended=[throttled])
