(** * Gradient descent on balls

    One step of gradient descent, the bounds checked at each step, and the loop, all on balls
    and each with the theorem that says what it proves of the real iterates. *)

From Coq Require Import ZArith NArith Reals Lra Lia Bool.
From Edgecert Require Import Model Identities Sharpness Integers Ball.
Open Scope R_scope.

Module Iteration (Int : INTEGERS).

Module Export B := Balls Int.

(** A scale and how the products at this scale are rounded; bits = coarse + rest. *)
Record scale := Scale { bits : Int.t; coarse : Int.t; rest : Int.t; unit_ball : ball }.

Definition scale_of (n : Z) :=
  let kept := Z.min n 30 in
  Scale (Int.of_Z n) (Int.of_Z (n - kept)) (Int.of_Z kept) (of_integer n 1).

Definition mul_at k x y := mul (bits k) (coarse k) (rest k) x y.

(** What one step needs to know. *)
Record setting := Setting {
  work : scale;                   (* alpha and beta2 live at this scale *)
  check : scale;                  (* the coarser one at which bounds are checked *)
  dropped : Int.t;                (* bits of work - bits of check *)
  h_num : Int.t; h_den : Int.t;   (* eta lambda1 *)
  e_num : Int.t; e_den : Int.t;   (* eta lambda2 *)
  clip_ball : option ball;        (* the bound of clipping, at scale work *)
  word : Int.t;                   (* beta1 changes its scale by so many bits at a time *)
  small : Int.t; large : Int.t    (* and does so outside these marks *)
}.

(** An enclosure of a state. beta1, which becomes very small, has a scale of its own, not below
    that of the others. *)
Record enclosure := Enclosure {
  alpha_ball : ball;
  beta1_ball : ball;
  beta1_scale : Int.t;
  beta2_ball : ball
}.

Section Iteration.

Variable k : setting.

Definition times_h := scale_by (h_num k) (h_den k).
Definition times_e := scale_by (e_num k) (e_den k).

(** beta1 at the scale of the others. *)
Definition beta1_at_work (x : ball) (q : Int.t) := shift_right (Int.sub q (bits (work k))) x.

(** Moves the scale of beta1 so that its integers have about as many bits as the others. *)
Definition renormalise (x : ball) (q : Int.t) : ball * Int.t :=
  if Int.leb (magnitude x) (small k) then (shift_left (word k) x, Int.add q (word k))
  else if Int.leb (magnitude x) (large k) then (x, q)
  else
    let q' := Int.sub q (word k) in
    if Int.leb (bits (work k)) q' then (shift_right (word k) x, q') else (x, q).

(** Clips beta1 if it is certain whether it has to be clipped. *)
Definition ball_clip (x : ball) (q : Int.t) : option (ball * Int.t) :=
  match clip_ball k with
  | None => Some (renormalise x q)
  | Some c =>
      let y := beta1_at_work x q in
      if Int.leb (magnitude y) (lower c) then Some (renormalise x q)
      else if Int.leb (upper c) (lower y) then Some (c, bits (work k))
      else if Int.leb (upper y) (Int.opp (upper c)) then
        Some (Ball (Int.opp (centre c)) (radius c), bits (work k))
      else None
  end.

(** One step, each variable as few times as possible:
    alpha (1 - h beta1^2 - e beta2^2) + e beta2, beta1 (1 - h alpha^2),
    beta2 (1 - e alpha^2) + e alpha. *)
Definition ball_step (s : enclosure) : option enclosure :=
  let mul := mul_at (work k) in
  let one := unit_ball (work k) in
  let x := alpha_ball s in
  let y := beta1_at_work (beta1_ball s) (beta1_scale s) in
  let z := beta2_ball s in
  let x2 := mul x x in
  let shrink := sub (sub one (times_h (mul y y))) (times_e (mul z z)) in
  match ball_clip (mul (beta1_ball s) (sub one (times_h x2))) (beta1_scale s) with
  | None => None
  | Some (y', q') =>
      Some (Enclosure (add (mul x shrink) (times_e z)) y' q'
                      (add (mul z (sub one (times_e x2))) (times_e x)))
  end.

(** *** Bounds at one step *)

(** eta S <= z, by Proposition 1; z is a ball at scale [check]. *)
Definition sharpness_check (z : ball) (s : enclosure) : bool :=
  let mul := mul_at (check k) in
  let x := shift_right (dropped k) (alpha_ball s) in
  let y := shift_right (Int.sub (beta1_scale s) (bits (check k))) (beta1_ball s) in
  let w := shift_right (dropped k) (beta2_ball s) in
  let x2 := mul x x in
  let u1 := sub z (times_h x2) in
  let u2 := sub z (times_e x2) in
  let u0 := sub (sub z (times_h (mul y y))) (times_e (mul w w)) in
  let xy := times_h (mul x y) in
  let xw := mul x w in
  let off1 := add xy xy in
  let off2 := times_e (sub (add xw xw) (unit_ball (check k))) in
  Int.leb one (lower u1) && Int.leb one (lower u2)
  && Int.leb zero
       (lower (sub (sub (mul (mul u0 u1) u2) (mul (mul off1 off1) u2))
                   (mul (mul off2 off2) u1))).

(** 2 eta L <= z. *)
Definition loss_check (z : ball) (s : enclosure) : bool :=
  let mul := mul_at (check k) in
  let x := shift_right (dropped k) (alpha_ball s) in
  let y := shift_right (Int.sub (beta1_scale s) (bits (check k))) (beta1_ball s) in
  let w := shift_right (dropped k) (beta2_ball s) in
  let xy := mul x y in
  let r := sub (mul x w) (unit_ball (check k)) in
  Int.leb zero (lower (sub z (add (times_h (mul xy xy)) (times_e (mul r r))))).

(** |alpha|, |beta1| and |beta2| are at most the balls' values. *)
Definition size_check (zx zy zw : ball) (s : enclosure) : bool :=
  Int.leb (magnitude (shift_right (dropped k) (alpha_ball s))) (lower zx)
  && Int.leb (magnitude (shift_right (Int.sub (beta1_scale s) (bits (check k))) (beta1_ball s)))
       (lower zy)
  && Int.leb (magnitude (shift_right (dropped k) (beta2_ball s))) (lower zw).

(** eta v^T H v > z |v|^2. *)
Definition witness_check (z v0 v1 v2 : ball) (s : enclosure) : bool :=
  let mul := mul_at (check k) in
  let x := shift_right (dropped k) (alpha_ball s) in
  let y := shift_right (Int.sub (beta1_scale s) (bits (check k))) (beta1_ball s) in
  let w := shift_right (dropped k) (beta2_ball s) in
  let xv0 := mul x v0 in
  let xv1 := mul x v1 in
  let xv2 := mul x v2 in
  let yv0 := mul y v0 in
  let wv0 := mul w v0 in
  let cross1 := mul xv1 yv0 in
  let cross2 := mul xv2 wv0 in
  let form1 := add (add (mul yv0 yv0) (mul xv1 xv1)) (double (double cross1)) in
  let form2 := add (add (mul wv0 wv0) (mul xv2 xv2))
                   (double (sub (double cross2) (mul v0 v2))) in
  let square := add (add (mul v0 v0) (mul v1 v1)) (mul v2 v2) in
  Int.leb one (lower (sub (add (times_h form1) (times_e form2)) (mul z square))).

(** *** The loop *)

(** [n] steps from the [t]-th on, each of them after a test of the state that it starts from, and
    before a test of both states. The test of the sharpness also bounds the size of the integers:
    it fails as soon as an enclosure is large, and so before the integers of a run that diverges
    grow without limit. *)
Fixpoint ball_iterate (test : N -> enclosure -> bool) (next_test : N -> enclosure -> enclosure -> bool)
    (n : nat) (t : N) (s : enclosure) : option enclosure :=
  match n with
  | O => Some s
  | S n =>
      if test t s then
        match ball_step s with
        | Some s' => if next_test t s s' then ball_iterate test next_test n (N.succ t) s' else None
        | None => None
        end
      else None
  end.

(** ** Soundness *)

Context {m : model} {pos : positive_model}.

Record scale_ok (s : scale) : Prop := ScaleOk {
  coarse_nonneg : (0 <= Int.to_Z (coarse s))%Z;
  rest_nonneg : (0 <= Int.to_Z (rest s))%Z;
  bits_sum : Int.to_Z (bits s) = (Int.to_Z (coarse s) + Int.to_Z (rest s))%Z;
  unit_ok : contains (Int.to_Z (bits s)) (unit_ball s) 1
}.

Record setting_ok : Prop := SettingOk {
  work_ok : scale_ok (work k);
  check_ok : scale_ok (check k);
  dropped_ok : Int.to_Z (dropped k) = (Int.to_Z (bits (work k)) - Int.to_Z (bits (check k)))%Z;
  dropped_nonneg : (0 <= Int.to_Z (dropped k))%Z;
  h_num_nonneg : 0 <= real (h_num k);
  h_den_pos : 0 < real (h_den k);
  h_ok : h = real (h_num k) / real (h_den k);
  e_num_nonneg : 0 <= real (e_num k);
  e_den_pos : 0 < real (e_den k);
  e_ok : e = real (e_num k) / real (e_den k);
  word_nonneg : (0 <= Int.to_Z (word k))%Z;
  clip_agrees :
    match clip, clip_ball k with
    | None, None => True
    | Some B, Some c => 0 <= B /\ contains (Int.to_Z (bits (work k))) c B
    | _, _ => False
    end
}.

Hypothesis ok : setting_ok.

Definition encloses (s : enclosure) (x : state) : Prop :=
  contains (Int.to_Z (bits (work k))) (alpha_ball s) (alpha x)
  /\ contains (Int.to_Z (beta1_scale s)) (beta1_ball s) (beta1 x)
  /\ contains (Int.to_Z (bits (work k))) (beta2_ball s) (beta2 x)
  /\ (Int.to_Z (bits (work k)) <= Int.to_Z (beta1_scale s))%Z.

Lemma mul_at_ok s j x y v w :
  scale_ok s -> contains j x v -> contains (Int.to_Z (bits s)) y w ->
  contains j (mul_at s x y) (v * w).
Proof.
  intros [Hc Hr Hb _] Hx Hy. unfold mul_at.
  apply mul_ok with (i := j) (j := Int.to_Z (bits s)); auto. lia.
Qed.

Lemma times_h_ok j x v : contains j x v -> contains j (times_h x) (h * v).
Proof.
  intros H. rewrite (h_ok ok). apply scale_by_ok; [apply (h_num_nonneg ok)|apply (h_den_pos ok)|].
  exact H.
Qed.

Lemma times_e_ok j x v : contains j x v -> contains j (times_e x) (e * v).
Proof.
  intros H. rewrite (e_ok ok). apply scale_by_ok; [apply (e_num_nonneg ok)|apply (e_den_pos ok)|].
  exact H.
Qed.

Lemma beta1_at_work_ok x q v :
  (Int.to_Z (bits (work k)) <= Int.to_Z q)%Z -> contains (Int.to_Z q) x v ->
  contains (Int.to_Z (bits (work k))) (beta1_at_work x q) v.
Proof.
  intros Hq H. unfold beta1_at_work.
  apply shift_right_ok with (j := Int.to_Z q); [rewrite Int.sub_spec; lia..|exact H].
Qed.

Lemma renormalise_ok x q v :
  (Int.to_Z (bits (work k)) <= Int.to_Z q)%Z -> contains (Int.to_Z q) x v ->
  contains (Int.to_Z (snd (renormalise x q))) (fst (renormalise x q)) v
  /\ (Int.to_Z (bits (work k)) <= Int.to_Z (snd (renormalise x q)))%Z.
Proof.
  intros Hq H. pose proof (word_nonneg ok) as Hw. unfold renormalise.
  destruct (Int.leb (magnitude x) (small k)).
  - simpl. rewrite Int.add_spec. split; [|lia].
    apply shift_left_ok with (j := Int.to_Z q); auto.
  - destruct (Int.leb (magnitude x) (large k)); [now split|].
    destruct (Int.leb (bits (work k)) (Int.sub q (word k))) eqn:E; [|now split].
    rewrite Int.leb_spec in E. apply Z.leb_le in E. simpl. split; [|exact E].
    apply shift_right_ok with (j := Int.to_Z q); auto. apply Int.sub_spec.
Qed.

Lemma ball_clip_ok x q v y' q' :
  (Int.to_Z (bits (work k)) <= Int.to_Z q)%Z -> contains (Int.to_Z q) x v ->
  ball_clip x q = Some (y', q') ->
  contains (Int.to_Z q') y' (clipped v) /\ (Int.to_Z (bits (work k)) <= Int.to_Z q')%Z.
Proof.
  intros Hq H E. pose proof (clip_agrees ok) as Hc. unfold ball_clip in E. unfold clipped.
  destruct (renormalise x q) as [x1 q1] eqn:En.
  pose proof (renormalise_ok x q v Hq H) as Hn. rewrite En in Hn. simpl in Hn.
  destruct clip as [B|], (clip_ball k) as [c0|]; try contradiction.
  - destruct Hc as [HB Hc]. pose proof (beta1_at_work_ok x q v Hq H) as Hy.
    set (y := beta1_at_work x q) in *. set (w := Int.to_Z (bits (work k))) in *.
    pose proof (pow2_pos w) as Hp.
    destruct (Int.leb (magnitude y) (lower c0)) eqn:E1.
    { injection E as <- <-. rewrite clip_to_id; [exact Hn|].
      apply real_leb in E1. pose proof (le_magnitude _ _ _ Hy) as Hm.
      pose proof (lower_le _ _ _ Hc). rewrite Rabs_mult, (Rabs_pos_eq (pow2 w)) in Hm by lra.
      apply Rmult_le_reg_r with (pow2 w); lra. }
    destruct (Int.leb (upper c0) (lower y)) eqn:E2.
    { injection E as <- <-. rewrite clip_to_above; [split; [exact Hc|apply Z.le_refl]|exact HB|].
      apply real_leb in E2. pose proof (lower_le _ _ _ Hy). pose proof (le_upper _ _ _ Hc).
      apply Rmult_le_reg_r with (pow2 w); lra. }
    destruct (Int.leb (upper y) (Int.opp (upper c0))) eqn:E3; [|discriminate].
    injection E as <- <-. rewrite clip_to_below; [split; [|apply Z.le_refl]|exact HB|].
    + apply contains_between in Hc. apply contains_between. simpl. rewrite real_opp.
      fold w. lra.
    + apply real_leb in E3. rewrite real_opp in E3.
      pose proof (le_upper _ _ _ Hy). pose proof (le_upper _ _ _ Hc).
      apply Rmult_le_reg_r with (pow2 w); lra.
  - injection E as <- <-. exact Hn.
Qed.

Theorem ball_step_ok s s' x : encloses s x -> ball_step s = Some s' -> encloses s' (step x).
Proof.
  intros (Hx & Hy & Hz & Hq) E. unfold ball_step in E.
  set (w := Int.to_Z (bits (work k))) in *.
  pose proof (beta1_at_work_ok _ _ _ Hq Hy) as Hyw. pose proof (work_ok ok) as Hw.
  pose proof (unit_ok _ Hw) as H1.
  set (y := beta1_at_work (beta1_ball s) (beta1_scale s)) in *.
  set (x2 := mul_at (work k) (alpha_ball s) (alpha_ball s)) in *.
  assert (Hx2 : contains w x2 (alpha x * alpha x)) by now apply mul_at_ok.
  assert (Hfactor : contains w (sub (unit_ball (work k)) (times_h x2)) (1 - h * (alpha x * alpha x)))
    by (apply sub_ok; [exact H1|now apply times_h_ok]).
  pose proof (mul_at_ok (work k) _ _ _ _ _ Hw Hy Hfactor) as Hy'.
  destruct (ball_clip _ (beta1_scale s)) as [[y' q']|] eqn:Ec; [|discriminate].
  destruct (ball_clip_ok _ _ _ _ _ Hq Hy' Ec) as [Hclip Hq'].
  injection E as <-. unfold encloses; simpl. split; [|split; [|split]].
  - replace (alpha x - eta * grad_alpha x) with
      (alpha x * (1 - h * (beta1 x * beta1 x) - e * (beta2 x * beta2 x)) + e * beta2 x)
      by (unfold grad_alpha, h, e; ring).
    apply add_ok; [|now apply times_e_ok]. apply mul_at_ok; [exact Hw|exact Hx|].
    apply sub_ok; [apply sub_ok; [exact H1|]|].
    + apply times_h_ok. now apply mul_at_ok.
    + apply times_e_ok. now apply mul_at_ok.
  - replace (beta1 x - eta * grad_beta1 x) with (beta1 x * (1 - h * (alpha x * alpha x)))
      by (unfold grad_beta1, h; ring).
    exact Hclip.
  - replace (beta2 x - eta * grad_beta2 x) with
      (beta2 x * (1 - e * (alpha x * alpha x)) + e * alpha x)
      by (unfold grad_beta2, e; ring).
    apply add_ok; [|now apply times_e_ok]. apply mul_at_ok; [exact Hw|exact Hz|].
    apply sub_ok; [exact H1|now apply times_e_ok].
  - exact Hq'.
Qed.

(** The enclosure at the scale of the checks. *)
Lemma encloses_at_check s x :
  encloses s x ->
  contains (Int.to_Z (bits (check k))) (shift_right (dropped k) (alpha_ball s)) (alpha x)
  /\ contains (Int.to_Z (bits (check k)))
       (shift_right (Int.sub (beta1_scale s) (bits (check k))) (beta1_ball s)) (beta1 x)
  /\ contains (Int.to_Z (bits (check k))) (shift_right (dropped k) (beta2_ball s)) (beta2 x).
Proof.
  intros (Hx & Hy & Hz & Hq). pose proof (dropped_ok ok). pose proof (dropped_nonneg ok).
  split; [|split].
  - apply shift_right_ok with (3 := Hx); lia.
  - apply shift_right_ok with (3 := Hy); rewrite Int.sub_spec; lia.
  - apply shift_right_ok with (3 := Hz); lia.
Qed.

Theorem sharpness_check_ok s x z v :
  encloses s x -> contains (Int.to_Z (bits (check k))) z v -> sharpness_check z s = true ->
  sharpness_le x (v / eta).
Proof.
  intros Hs Hz E. destruct (encloses_at_check s x Hs) as (Hx & Hy & Hw).
  pose proof (check_ok ok) as Hk. pose proof (unit_ok _ Hk) as H1.
  unfold sharpness_check in E. set (n := Int.to_Z (bits (check k))) in *.
  set (xb := shift_right (dropped k) (alpha_ball s)) in *.
  set (yb := shift_right (Int.sub (beta1_scale s) (bits (check k))) (beta1_ball s)) in *.
  set (wb := shift_right (dropped k) (beta2_ball s)) in *.
  set (x2 := mul_at (check k) xb xb) in *.
  assert (M : forall x y v w, contains n x v -> contains n y w ->
                contains n (mul_at (check k) x y) (v * w)) by (intros; now apply mul_at_ok).
  assert (Hx2 : contains n x2 (alpha x * alpha x)) by now apply M.
  assert (Hu1 : contains n (sub z (times_h x2)) (v - h * (alpha x * alpha x)))
    by (apply sub_ok; [exact Hz|now apply times_h_ok]).
  assert (Hu2 : contains n (sub z (times_e x2)) (v - e * (alpha x * alpha x)))
    by (apply sub_ok; [exact Hz|now apply times_e_ok]).
  assert (Hu0 : contains n
                  (sub (sub z (times_h (mul_at (check k) yb yb))) (times_e (mul_at (check k) wb wb)))
                  (v - h * (beta1 x * beta1 x) - e * (beta2 x * beta2 x))).
  { apply sub_ok; [apply sub_ok; [exact Hz|]|].
    - apply times_h_ok. now apply M.
    - apply times_e_ok. now apply M. }
  set (xy := times_h (mul_at (check k) xb yb)) in *.
  assert (Hxy : contains n xy (h * (alpha x * beta1 x))) by (apply times_h_ok; now apply M).
  assert (Hoff1 : contains n (add xy xy) (h * (alpha x * beta1 x) + h * (alpha x * beta1 x)))
    by now apply add_ok.
  set (xw := mul_at (check k) xb wb) in *.
  assert (Hxw : contains n xw (alpha x * beta2 x)) by now apply M.
  assert (Hoff2 : contains n (times_e (sub (add xw xw) (unit_ball (check k))))
                    (e * (alpha x * beta2 x + alpha x * beta2 x - 1))).
  { apply times_e_ok, sub_ok; [now apply add_ok|exact H1]. }
  apply andb_prop in E. destruct E as [E E3]. apply andb_prop in E. destruct E as [E1 E2].
  apply (sign_pos _ _ _ Hu1) in E1. apply (sign_pos _ _ _ Hu2) in E2.
  eapply sign_nonneg in E3; [|repeat apply sub_ok; repeat apply M; eassumption].
  apply sharpness_le_normalised; [lra|lra|]. apply Rle_trans with (1 := E3). apply Req_le. ring.
Qed.

Theorem loss_check_ok s x z v :
  encloses s x -> contains (Int.to_Z (bits (check k))) z v -> loss_check z s = true ->
  2 * eta * loss x <= v.
Proof.
  intros Hs Hz E. destruct (encloses_at_check s x Hs) as (Hx & Hy & Hw).
  pose proof (check_ok ok) as Hk. pose proof (unit_ok _ Hk) as H1. unfold loss_check in E.
  assert (M : forall x y v w, contains (Int.to_Z (bits (check k))) x v ->
                contains (Int.to_Z (bits (check k))) y w ->
                contains (Int.to_Z (bits (check k))) (mul_at (check k) x y) (v * w))
    by (intros; now apply mul_at_ok).
  eapply sign_nonneg in E.
  2: { apply sub_ok; [exact Hz|]. apply add_ok.
       - apply times_h_ok, M; apply M; [exact Hx|exact Hy|exact Hx|exact Hy].
       - apply times_e_ok, M; apply sub_ok; try exact H1; apply M; [exact Hx|exact Hw|exact Hx|exact Hw]. }
  replace (2 * eta * loss x) with
    (h * (alpha x * beta1 x * (alpha x * beta1 x))
     + e * ((alpha x * beta2 x - 1) * (alpha x * beta2 x - 1)))
    by (unfold loss, h, e; field).
  lra.
Qed.

Lemma magnitude_check_ok n x z u v :
  contains n x u -> contains n z v -> Int.leb (magnitude x) (lower z) = true -> Rabs u <= v.
Proof.
  intros Hx Hz E. apply real_leb in E. pose proof (le_magnitude _ _ _ Hx) as Hm.
  pose proof (lower_le _ _ _ Hz). pose proof (pow2_pos n).
  rewrite Rabs_mult, (Rabs_pos_eq (pow2 n)) in Hm by lra.
  apply Rmult_le_reg_r with (pow2 n); lra.
Qed.

Theorem size_check_ok s x zx zy zw vx vy vw :
  encloses s x ->
  contains (Int.to_Z (bits (check k))) zx vx -> contains (Int.to_Z (bits (check k))) zy vy ->
  contains (Int.to_Z (bits (check k))) zw vw ->
  size_check zx zy zw s = true ->
  Rabs (alpha x) <= vx /\ Rabs (beta1 x) <= vy /\ Rabs (beta2 x) <= vw.
Proof.
  intros Hs Hzx Hzy Hzw E. destruct (encloses_at_check s x Hs) as (Hx & Hy & Hw).
  apply andb_prop in E. destruct E as [E E3]. apply andb_prop in E. destruct E as [E1 E2].
  split; [|split].
  - exact (magnitude_check_ok _ _ _ _ _ Hx Hzx E1).
  - exact (magnitude_check_ok _ _ _ _ _ Hy Hzy E2).
  - exact (magnitude_check_ok _ _ _ _ _ Hw Hzw E3).
Qed.

Theorem witness_check_ok s x z v z0 z1 z2 v0 v1 v2 :
  encloses s x -> contains (Int.to_Z (bits (check k))) z v ->
  contains (Int.to_Z (bits (check k))) z0 v0 -> contains (Int.to_Z (bits (check k))) z1 v1 ->
  contains (Int.to_Z (bits (check k))) z2 v2 ->
  witness_check z z0 z1 z2 s = true -> ~ sharpness_le x (v / eta).
Proof.
  intros Hs Hz H0 H1 H2 E. destruct (encloses_at_check s x Hs) as (Hx & Hy & Hw).
  pose proof (check_ok ok) as Hk. unfold witness_check in E.
  set (n := Int.to_Z (bits (check k))) in *.
  assert (M : forall x y v w, contains n x v -> contains n y w ->
                contains n (mul_at (check k) x y) (v * w)) by (intros; now apply mul_at_ok).
  pose proof (M _ _ _ _ Hx H0) as Hx0. pose proof (M _ _ _ _ Hx H1) as Hx1.
  pose proof (M _ _ _ _ Hx H2) as Hx2. pose proof (M _ _ _ _ Hy H0) as Hy0.
  pose proof (M _ _ _ _ Hw H0) as Hw0.
  pose proof (M _ _ _ _ Hx1 Hy0) as Hc1. pose proof (M _ _ _ _ Hx2 Hw0) as Hc2.
  pose proof (add_ok _ _ _ _ _ (add_ok _ _ _ _ _ (M _ _ _ _ Hy0 Hy0) (M _ _ _ _ Hx1 Hx1))
                (double_ok _ _ _ (double_ok _ _ _ Hc1))) as Hf1.
  pose proof (add_ok _ _ _ _ _ (add_ok _ _ _ _ _ (M _ _ _ _ Hw0 Hw0) (M _ _ _ _ Hx2 Hx2))
                (double_ok _ _ _ (sub_ok _ _ _ _ _ (double_ok _ _ _ Hc2) (M _ _ _ _ H0 H2)))) as Hf2.
  pose proof (add_ok _ _ _ _ _ (add_ok _ _ _ _ _ (M _ _ _ _ H0 H0) (M _ _ _ _ H1 H1))
                (M _ _ _ _ H2 H2)) as Hsq.
  pose proof (sub_ok _ _ _ _ _ (add_ok _ _ _ _ _ (times_h_ok _ _ _ Hf1) (times_e_ok _ _ _ Hf2))
                (M _ _ _ _ Hz Hsq)) as Hall.
  apply (sign_pos _ _ _ Hall) in E. intros Hle. specialize (Hle v0 v1 v2).
  pose proof eta_pos as He. apply (Rmult_le_compat_l eta) in Hle; [|lra].
  replace (eta * (v / eta * (v0 ^ 2 + v1 ^ 2 + v2 ^ 2))) with (v * (v0 ^ 2 + v1 ^ 2 + v2 ^ 2))
    in Hle by (field; lra).
  unfold hess_form, hess_alpha_alpha, hess_beta1_beta1, hess_beta2_beta2, hess_alpha_beta1,
    hess_alpha_beta2, hess_beta1_beta2 in Hle.
  unfold h, e in E. lra.
Qed.

Theorem ball_iterate_ok test next_test (P : N -> state -> Prop) (P' : N -> state -> state -> Prop) n :
  (forall t s x, encloses s x -> test t s = true -> P t x) ->
  (forall t s s' x x', encloses s x -> encloses s' x' -> next_test t s s' = true -> P' t x x') ->
  forall t s s' x,
  encloses s x -> ball_iterate test next_test n t s = Some s' ->
  encloses s' (iterate n x)
  /\ forall j, (j < n)%nat ->
       P (t + N.of_nat j)%N (iterate j x) /\ P' (t + N.of_nat j)%N (iterate j x) (iterate (S j) x).
Proof.
  intros Htest Hnext. induction n as [|n IH]; intros t s s' x Hs E; simpl in E.
  - injection E as <-. split; [exact Hs|]. intros j Hj. lia.
  - destruct (test t s) eqn:Et; [|discriminate].
    destruct (ball_step s) as [s1|] eqn:Es; [|discriminate].
    destruct (next_test t s s1) eqn:En; [|discriminate].
    pose proof (ball_step_ok s s1 x Hs Es) as Hs1.
    destruct (IH (N.succ t) s1 s' (step x) Hs1 E) as [Hend Hall].
    assert (Eit : forall j, iterate j (step x) = iterate (S j) x).
    { intros j. change (step x) with (iterate 1 x). rewrite <- iterate_add. f_equal. lia. }
    split.
    + rewrite <- Eit. exact Hend.
    + intros [|j] Hj.
      * rewrite N.add_0_r. split; [exact (Htest t s x Hs Et)|].
        exact (Hnext t s s1 x (step x) Hs Hs1 En).
      * rewrite <- !Eit. replace (t + N.of_nat (S j))%N with (N.succ t + N.of_nat j)%N by lia.
        apply Hall. lia.
Qed.

End Iteration.
End Iteration.
